-- name: board
-- why: searched, counted and paged where the rows are
SELECT
    job.id,
    job.number,
    job.title,
    job.status,
    job_status.label AS status_label,
    customer.name AS customer,
    customer.company,
    job.due_date,
    job.quantity,
    COALESCE(job.delivery_method, customer.delivery_method) AS delivery_method,
    job.messages_paused,
    count(*) OVER () AS total
FROM job
JOIN customer ON customer.id = job.customer_id
JOIN job_status ON job_status.key = job.status
WHERE (CAST(:status AS text) IS NULL OR job.status = :status)
  AND job.status <> ALL (CAST(:done AS text[]))
  AND (
      CAST(:search AS text) IS NULL
      OR strpos(lower(concat_ws(' ', job.number, job.title, customer.name, customer.company)), lower(:search)) > 0
  )
ORDER BY job.due_date NULLS LAST, job.id
LIMIT :limit OFFSET :offset

-- name: stations
-- why: the number beside each station of the board
SELECT status, count(*) AS count FROM job GROUP BY status

-- name: held
-- why: the status is read and written under one lock, so two people can't both move from the same one
SELECT job.number, job.status, present.label, target.label AS to_label
FROM job
JOIN job_status AS present ON present.key = job.status
LEFT JOIN job_status AS target ON target.key = :to
WHERE job.id = :id
FOR UPDATE OF job

-- name: speak_for
-- why: the capture trigger copies both into the event; they end with the transaction
SELECT set_config('inkbell.actor', :actor, true), set_config('inkbell.quiet', :quiet, true)

-- name: move
-- why: the trigger does the rest
UPDATE job SET status = :to, updated_at = clock_timestamp() WHERE id = :id
