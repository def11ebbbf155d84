-- name: tell_admins
-- why: one notice per cause for every active admin, or one that all admins see when there is none
INSERT INTO message (created_at, event_id, rule_key, channel, staff_id, status, dedupe_key, subject, body_text, send_after, sent_at)
SELECT :now, :event_id, 'system_alert', 'in_app', staff.id, 'sent',
       'system_alert:' || :cause || ':' || COALESCE('staff:' || staff.id, 'all'), :subject, :body, :now, :now
FROM (SELECT id FROM staff WHERE active AND role = 'admin'
      UNION ALL
      SELECT NULL WHERE NOT EXISTS (SELECT FROM staff WHERE active AND role = 'admin')) AS staff
ON CONFLICT (dedupe_key) DO NOTHING

-- name: alert_desk
-- why: where the shop wants to hear of an outage, and which day it is there
SELECT name, country, email, alert_email, alert_phone,
       CAST(CAST(:now AS timestamptz) AT TIME ZONE timezone AS date) AS today
FROM shop
LIMIT 1

-- name: tell_elsewhere
-- why: through the outbox and its gate like everything that leaves; the key lets one a day through
INSERT INTO message (created_at, rule_key, channel, to_address, status, dedupe_key, subject, body_text, body_html,
                     send_after, rfc_message_id)
VALUES (:now, 'system_alert', :channel, :to, 'queued', :dedupe_key, :subject, :text, :html, :now, :rfc_message_id)
ON CONFLICT (dedupe_key) DO NOTHING

-- name: written
-- why: what the alert says stays what it said when the outage was noticed; one about an outage that is over is dropped
SELECT message.subject, message.body_text, message.body_html,
       EXISTS (SELECT FROM connection WHERE provider = :failing AND last_error IS NOT NULL) AS still
FROM message
WHERE message.id = :id
