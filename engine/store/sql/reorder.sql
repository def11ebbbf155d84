-- name: count
-- why: part of the form's key, so that a form counts once
SELECT count(*) AS count FROM reorder_request WHERE customer_id = :customer_id

-- name: repeated
-- why: of what was asked for since the form was shown, the same again is a second press of its button
SELECT FROM (
    SELECT job_id, quantity, note FROM reorder_request WHERE customer_id = :customer_id ORDER BY id OFFSET :seen
) AS since
WHERE job_id = :job_id AND quantity IS NOT DISTINCT FROM CAST(:quantity AS int)
  AND note IS NOT DISTINCT FROM CAST(:note AS text)

-- name: of_the_hour
-- why: whoever has a customer's link must not bury the admins with it
SELECT count(*) AS count FROM reorder_request
WHERE customer_id = :customer_id AND created_at > CAST(:now AS timestamptz) - interval '1 hour'

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
