-- name: page
-- why: newest first; ids follow the order of deciding, and the primary key pages without a sort
SELECT
    message.id,
    message.rule_key,
    message.channel,
    message.status,
    message.reason,
    message.detail,
    message.to_address,
    message.subject,
    left(message.body_text, 160) AS opening,
    message.mode,
    message.created_at,
    message.send_after,
    message.try_after,
    message.sent_at,
    customer.name AS customer,
    staff.name AS staff,
    event.type AS event_type,
    job.number AS job_number,
    job.title AS job_title,
    invoice.number AS invoice_number
FROM message
LEFT JOIN customer ON customer.id = message.customer_id
LEFT JOIN staff ON staff.id = message.staff_id
LEFT JOIN event ON event.id = message.event_id
LEFT JOIN artwork ON event.subject_table = 'artwork' AND artwork.id = event.subject_id
LEFT JOIN invoice ON event.subject_table = 'invoice' AND invoice.id = event.subject_id
LEFT JOIN job ON job.id = CASE event.subject_table
    WHEN 'job' THEN event.subject_id
    WHEN 'artwork' THEN artwork.job_id
    ELSE invoice.job_id
END
WHERE CAST(:status AS text) IS NULL OR message.status = :status
ORDER BY message.id DESC
LIMIT :limit OFFSET :offset

-- name: counts
-- why: the number beside each status, and how many pages there are
SELECT status, count(*) AS count FROM message GROUP BY status

-- name: one
-- why: one message as it went out, with what it is about
SELECT
    message.*,
    customer.name AS customer,
    staff.name AS staff,
    event.type AS event_type,
    event.occurred_at,
    event.payload,
    job.number AS job_number,
    job.title AS job_title,
    invoice.number AS invoice_number
FROM message
LEFT JOIN customer ON customer.id = message.customer_id
LEFT JOIN staff ON staff.id = message.staff_id
LEFT JOIN event ON event.id = message.event_id
LEFT JOIN artwork ON event.subject_table = 'artwork' AND artwork.id = event.subject_id
LEFT JOIN invoice ON event.subject_table = 'invoice' AND invoice.id = event.subject_id
LEFT JOIN job ON job.id = CASE event.subject_table
    WHEN 'job' THEN event.subject_id
    WHEN 'artwork' THEN artwork.job_id
    ELSE invoice.job_id
END
WHERE message.id = :id

-- name: attempts
-- why: every hand-off, in order
SELECT started_at, finished_at, outcome, detail FROM attempt WHERE message_id = :id ORDER BY lease

-- name: toasts_after
-- why: one decider at a time, so toasts commit in the order of their ids and none slips past the last one seen
SELECT id, subject, body_text FROM message WHERE channel = 'toast' AND id > :last ORDER BY id
