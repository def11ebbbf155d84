-- name: leads
-- why: the latest first; whether one is a customer already is seen by the address
SELECT lead.*, customer.id AS customer_id, count(*) OVER () AS total
FROM lead
LEFT JOIN LATERAL (
    SELECT id FROM customer WHERE lower(customer.email) = lower(lead.email) ORDER BY id LIMIT 1
) AS customer ON true
ORDER BY lead.id DESC
LIMIT :limit OFFSET :offset

-- name: add_lead
-- why: the trigger tells the admins
INSERT INTO lead (name, email, phone, company, source, message, created_at)
VALUES (:name, :email, :phone, :company, 'manual', :message, :now)
RETURNING id

-- name: reorders
-- why: the latest first, with the job that is to be made again
SELECT reorder_request.id, reorder_request.created_at, reorder_request.customer_id, reorder_request.quantity,
       reorder_request.note, customer.name AS customer, customer.company, job.number AS job_number,
       job.title AS job_title, job.delivery_method, count(*) OVER () AS total
FROM reorder_request
JOIN customer ON customer.id = reorder_request.customer_id
LEFT JOIN job ON job.id = reorder_request.job_id
ORDER BY reorder_request.id DESC
LIMIT :limit OFFSET :offset

-- name: add_reorder
-- why: a customer who calls is as good as one who presses the button; the trigger tells the admins
INSERT INTO reorder_request (customer_id, job_id, quantity, note, created_at)
SELECT customer_id, id, :quantity, :note, :now FROM job WHERE number = :number
RETURNING id
