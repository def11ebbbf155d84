-- name: sidecars
-- why: every process that has beaten lately, the freshest first
SELECT instance, started_at, beat_at, details FROM sidecar_heartbeat ORDER BY beat_at DESC LIMIT 5

-- name: statuses
-- why: what is on its way or needs a person, from the partial indexes; the rest of the ledger is history
SELECT status, channel, count(*) AS count
FROM message WHERE status IN ('queued', 'sending', 'held', 'unknown', 'failed') GROUP BY status, channel

-- name: oldest
-- why: of what may go now, the one that has waited longest; what waits for its hour is not late
SELECT id, channel, GREATEST(COALESCE(try_after, send_after), send_after) AS due_at
FROM message
WHERE status = 'queued' AND COALESCE(try_after, send_after) <= :now
ORDER BY COALESCE(try_after, send_after), id LIMIT 1

-- name: undecided
-- why: an event that waits shows a decider that is behind or can't get on
SELECT count(*) AS count, min(occurred_at) AS oldest, count(*) FILTER (WHERE tries > 0) AS stuck
FROM event WHERE handled_at IS NULL

-- name: recent
-- why: one walk over the last day gives the rate and the latency; grace, windows and pauses are waits on purpose
WITH left_us AS (
    SELECT message.sent_at,
           message.sent_at - event.occurred_at AS whole,
           message.sent_at - GREATEST(event.occurred_at, message.send_after, message.age_from) AS ours
    FROM message JOIN event ON event.id = message.event_id
    WHERE message.sent_at > CAST(:now AS timestamptz) - interval '24 hours' AND message.sent_at <= :now
      AND message.resend_of IS NULL AND message.attempts <= 1
), latency AS (
    SELECT count(*) AS handed_off,
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY whole) AS whole,
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY ours) AS ours
    FROM left_us
)
SELECT latency.handed_off, latency.whole[1] AS whole_p50, latency.whole[2] AS whole_p95,
       latency.ours[1] AS ours_p50, latency.ours[2] AS ours_p95
FROM latency

-- name: per_hour
-- why: whole hours of the shop's clock, those without a message included
SELECT hour.starts_at, count(message.id) AS sent
FROM generate_series(date_trunc('hour', CAST(:now AS timestamptz)) - interval '23 hours',
                     date_trunc('hour', CAST(:now AS timestamptz)), interval '1 hour') AS hour (starts_at)
LEFT JOIN message ON message.sent_at >= hour.starts_at AND message.sent_at < hour.starts_at + interval '1 hour'
    AND message.sent_at > CAST(:now AS timestamptz) - interval '24 hours'
GROUP BY hour.starts_at ORDER BY hour.starts_at

-- name: failures
-- why: by the index on what needs a person; a week is as long as anybody remembers
SELECT channel, COALESCE(reason, 'refused') AS reason, count(*) AS count
FROM message
WHERE status = 'failed' AND created_at > CAST(:now AS timestamptz) - interval '7 days'
GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2

-- name: channels
-- why: a channel that is down says why nothing of it leaves
SELECT provider, last_error, failing_since, probe_at FROM connection WHERE last_error IS NOT NULL ORDER BY provider
