-- name: job
-- why: a record chosen by the number that people say
SELECT id, status FROM job WHERE number = :words

-- name: invoice
-- why: by its number too
SELECT id, due_date FROM invoice WHERE number = :words

-- name: artwork
-- why: messages about a proof speak of the job's newest version
SELECT id, version FROM artwork WHERE job_id = :job_id ORDER BY version DESC LIMIT 1

-- name: shipments
-- why: as if all of the job's packages had just been entered
SELECT COALESCE(array_agg(id ORDER BY id), '{}') AS ids FROM shipment WHERE job_id = :job_id

-- name: lead
-- why: leads have no number; the newest whose name begins so, or just the newest
SELECT id FROM lead WHERE starts_with(lower(name), lower(:words)) ORDER BY id DESC LIMIT 1

-- name: reorder
-- why: reorder requests have no number either; the newest of this customer, or just the newest
SELECT reorder_request.id
FROM reorder_request JOIN customer ON customer.id = reorder_request.customer_id
WHERE starts_with(lower(customer.name), lower(:words))
ORDER BY reorder_request.id DESC
LIMIT 1

-- name: happen
-- why: rolled back as soon as its facts are read; to readers of facts there is no difference from a real event
INSERT INTO event (type, subject_table, subject_id, payload, occurred_at, handled_at)
VALUES (:type, :table, :id, :payload, :now, :now)
RETURNING id
