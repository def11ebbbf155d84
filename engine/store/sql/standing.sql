-- name: now
-- why: what every screen says about the shop, in one trip
SELECT
    shop.name,
    shop.timezone,
    CAST(EXTRACT(epoch FROM now() AT TIME ZONE shop.timezone - now() AT TIME ZONE 'UTC') AS integer) AS ahead,
    shop.delivery_mode,
    shop.sending_paused,
    shop.accent_color,
    shop.public_url,
    shop.fingerprint,
    clock_timestamp() AS now,
    (SELECT max(beat_at) FROM sidecar_heartbeat) AS beat_at,
    (SELECT coalesce(max(id), 0) FROM message WHERE channel = 'toast') AS last_toast
FROM shop

-- name: switches
-- why: on or off now, which the catalog can't know
SELECT rule_key, enabled FROM rule_setting

-- name: status_labels
-- why: the shop may have renamed a status
SELECT key, label FROM job_status ORDER BY position
