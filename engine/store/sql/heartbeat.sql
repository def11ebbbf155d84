-- name: beat
-- why: the screens and `--check` tell from it whether anything is being sent at all; the real clock, whatever the run's
INSERT INTO sidecar_heartbeat (instance, started_at, beat_at, details)
VALUES (:instance, clock_timestamp(), clock_timestamp(), :details)
ON CONFLICT (instance) DO UPDATE SET beat_at = clock_timestamp(), details = EXCLUDED.details

-- name: forget
-- why: a clean stop is no alarm, and instances that died long ago are no news
DELETE FROM sidecar_heartbeat WHERE instance = :instance OR beat_at < clock_timestamp() - interval '1 day'

-- name: fresh
-- why: six beats missed means that nobody sends
SELECT count(*) AS alive FROM sidecar_heartbeat WHERE beat_at > clock_timestamp() - make_interval(secs => :seconds)
