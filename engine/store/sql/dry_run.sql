-- name: recent
-- why: in the order in which they happened, a batch at a time, so that a year of events needs no more memory than a day
SELECT id FROM event
WHERE occurred_at >= CAST(:now AS timestamptz) - make_interval(days => :days) AND occurred_at <= :now AND id > :after
  AND type = ANY(:types)
ORDER BY id
LIMIT :most

-- name: of_job
-- why: everything that happened to one job, its proofs included
SELECT id FROM event
WHERE subject_table = 'job' AND subject_id = :id
   OR subject_table = 'artwork' AND subject_id = ANY (ARRAY(SELECT id FROM artwork WHERE job_id = :id))
ORDER BY id

-- name: of_invoice
-- why: everything that happened to one invoice
SELECT id FROM event WHERE subject_table = 'invoice' AND subject_id = :id ORDER BY id

-- name: messages
-- why: what really became of those events
SELECT message.id, event_id, rule_key, channel, status, reason, detail,
       CASE WHEN provider_id LIKE 'sandbox:%' THEN 'sandbox' ELSE mode END AS mode,
       connection.last_error AS channel_fault
FROM message
LEFT JOIN connection ON connection.provider = CASE channel WHEN 'email' THEN 'smtp' WHEN 'sms' THEN 'twilio' END
WHERE event_id = ANY(:event_ids)
ORDER BY message.id
