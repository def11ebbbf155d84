-- name: reader
-- why: without sign-in nobody has a row of their own; then the first admin's notices are read
SELECT id FROM staff WHERE active AND role = 'admin' ORDER BY id LIMIT 1

-- name: unread
-- why: the number in the navigation, by the partial index on what nobody has read
SELECT count(*) AS count
FROM message
WHERE channel = 'in_app' AND read_at IS NULL AND status = 'sent'
  AND (staff_id = :reader OR staff_id IS NULL AND CAST(:admin AS boolean))

-- name: page
-- why: unread and read in one list, newest first, with the record that each is about
SELECT message.id, message.rule_key, message.subject AS title, message.body_text AS text,
       COALESCE(message.sent_at, message.created_at) AS at, message.read_at,
       job.number AS job_number, invoice.number AS invoice_number, reorder_request.customer_id,
       count(*) OVER () AS total
FROM message
LEFT JOIN event ON event.id = message.event_id
LEFT JOIN artwork ON event.subject_table = 'artwork' AND artwork.id = event.subject_id
LEFT JOIN invoice ON event.subject_table = 'invoice' AND invoice.id = event.subject_id
LEFT JOIN reorder_request ON event.subject_table = 'reorder_request' AND reorder_request.id = event.subject_id
LEFT JOIN job ON job.id = CASE event.subject_table WHEN 'job' THEN event.subject_id ELSE artwork.job_id END
WHERE message.channel = 'in_app' AND message.status = 'sent'
  AND (message.staff_id = :reader OR message.staff_id IS NULL AND CAST(:admin AS boolean))
  AND (NOT CAST(:only_unread AS boolean) OR message.read_at IS NULL)
ORDER BY message.id DESC
LIMIT :limit OFFSET :offset

-- name: read
-- why: only one's own; ids of somebody else's change nothing
UPDATE message SET read_at = clock_timestamp()
WHERE channel = 'in_app' AND status = 'sent' AND read_at IS NULL
  AND (staff_id = :reader OR staff_id IS NULL AND CAST(:admin AS boolean))
  AND (CAST(:id AS bigint) IS NULL OR id = :id)
  AND (CAST(:up_to AS bigint) IS NULL OR id <= :up_to)
