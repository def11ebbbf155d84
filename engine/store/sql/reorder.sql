-- name: count
-- why: part of the form's key, so that a form counts once
SELECT count(*) AS count FROM reorder_request WHERE customer_id = :customer_id

-- name: own_job
-- why: whoever writes another number into the form must not learn whether that job exists
SELECT id FROM job WHERE id = :job_id AND customer_id = :customer_id

-- name: request
-- why: the trigger tells the admins
INSERT INTO reorder_request (created_at, customer_id, job_id, quantity, note)
VALUES (:now, :customer_id, :job_id, :quantity, :note)
RETURNING id

-- name: speak_for
-- why: the capture trigger copies it into the event; it ends with the transaction
SELECT set_config('inkbell.actor', 'portal', true)
