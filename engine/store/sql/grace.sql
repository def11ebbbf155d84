-- name: recent
-- why: what one person did within the grace period and a moment more, to see what came of it; ids grow with time, so only the newest are looked at
SELECT event.id, event.type, event.payload, event.occurred_at, event.handled_at IS NOT NULL AS decided,
       event.occurred_at + make_interval(secs => shop.grace_seconds + :longer) AS until,
       job.id AS job_id, job.number AS job_number, job.status AS job_status, invoice.number AS invoice_number,
       event.type = 'invoice.sent' AND EXISTS (
           SELECT FROM event AS paid
           WHERE paid.subject_id = event.subject_id AND paid.subject_table = 'invoice' AND paid.type = 'invoice.paid'
             AND paid.id < event.id) AS due_again,
       (SELECT jsonb_agg(jsonb_build_object(
            'channel', message.channel, 'status', message.status, 'reason', message.reason,
            'mode', message.mode,
            'at', COALESCE(message.try_after, message.send_after),
            'sent_at', message.sent_at,
            'channel_fault', connection.last_error)
            ORDER BY message.id)
        FROM message
        LEFT JOIN connection ON connection.provider = CASE channel WHEN 'email' THEN 'smtp' WHEN 'sms' THEN 'twilio' END
        WHERE message.event_id = event.id AND message.customer_id IS NOT NULL) AS messages
FROM shop CROSS JOIN event
LEFT JOIN invoice ON event.subject_table = 'invoice' AND invoice.id = event.subject_id
LEFT JOIN artwork ON event.subject_table = 'artwork' AND artwork.id = event.subject_id
LEFT JOIN job ON job.id = COALESCE(
    artwork.job_id, invoice.job_id, CASE event.subject_table WHEN 'job' THEN event.subject_id END)
WHERE event.id > (SELECT COALESCE(max(id), 0) - 2000 FROM event)
  AND event.payload ->> 'actor' = :actor
  AND event.occurred_at > CAST(:now AS timestamptz) - make_interval(secs => shop.grace_seconds + :longer)
ORDER BY event.id DESC
LIMIT 20

-- name: held
-- why: the decider skips a locked event, so what is said of it here is decided with it
SELECT event.id, event.type, event.payload, event.subject_id, event.handled_at, job.status AS job_status, job.number
FROM event
LEFT JOIN job ON event.subject_table = 'job' AND job.id = event.subject_id
WHERE event.id = :id
FOR UPDATE OF event

-- name: left
-- why: what has left can't be taken back
SELECT count(*) AS count FROM message
WHERE event_id = :id AND customer_id IS NOT NULL AND status IN ('sending', 'sent', 'delivered', 'unknown')

-- name: hush
-- why: an event that is not decided yet is decided as a quiet one
UPDATE event SET payload = payload || '{"quiet": "customers"}' WHERE id = :id AND handled_at IS NULL

-- name: cancel
-- why: what is decided but has not left stays here; staff messages are not the customer's
UPDATE message SET status = 'cancelled', reason = :reason, detail = :detail
WHERE event_id = :id AND customer_id IS NOT NULL AND status IN ('queued', 'held')
RETURNING id

-- name: revive
-- why: what a cancel by mistake stopped waits again as it did; in new rows, for what was cancelled stays so
INSERT INTO message (created_at, event_id, rule_key, channel, customer_id, to_address, status, reason, detail, dedupe_key,
                     send_after, try_after, age_from, rfc_message_id, mode, released_at)
SELECT :now, was.event_id, was.rule_key, was.channel, was.customer_id, was.to_address, stopped.status, stopped.reason,
       stopped.detail, was.dedupe_key || ':undone:' || event.id, was.send_after, was.try_after, was.age_from,
       '<' || replace(CAST(gen_random_uuid() AS text), '-', '') || '@' || split_part(was.rfc_message_id, '@', 2),
       was.mode, was.released_at
FROM event,
     jsonb_to_recordset(event.payload -> 'stopped') AS stopped (id bigint, status text, reason text, detail text)
JOIN message AS was ON was.id = stopped.id AND was.status = 'cancelled'
WHERE event.id = :id
ON CONFLICT (dedupe_key) DO NOTHING

-- name: hurry
-- why: send_after never moves; the claim looks at try_after first
UPDATE message SET try_after = :now
WHERE event_id = :id AND customer_id IS NOT NULL AND status = 'queued' AND send_after > :now
RETURNING id

-- name: record
-- why: who kept a message back, or sent it early, is told as any other switch is
INSERT INTO audit_entry (created_at, actor, action, subject, after)
VALUES (:now, :actor, :action, 'event:' || CAST(:id AS text), :after)
