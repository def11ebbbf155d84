-- name: leads
-- why: what nobody has looked after first; whether one is a customer already is seen by the address, or by the number of
-- whoever left no other, as a company shares one. All customers are gone through once for those, and not for each
WITH page AS MATERIALIZED (
    SELECT * FROM lead
    WHERE CAST(:id AS bigint) IS NULL OR lead.id = :id
    ORDER BY lead.handled_at IS NOT NULL, lead.id DESC
    LIMIT :limit OFFSET :offset
), dialled AS MATERIALIZED (
    SELECT id, right(regexp_replace(phone, '\D', '', 'g'), 10) AS digits FROM page
    WHERE COALESCE(trim(email), '') = ''
), same_number AS (
    SELECT dialled.id, min(customer.id) AS customer_id
    FROM dialled JOIN customer ON right(regexp_replace(customer.phone, '\D', '', 'g'), 10) = dialled.digits
    WHERE length(dialled.digits) >= 7
    GROUP BY dialled.id
)
SELECT page.*,
       CASE WHEN COALESCE(trim(email), '') = '' THEN same_number.customer_id
            ELSE (SELECT min(id) FROM customer WHERE lower(customer.email) = lower(page.email)) END AS customer_id,
       (SELECT count(*) FROM lead) AS total
FROM page LEFT JOIN same_number USING (id)
ORDER BY page.handled_at IS NOT NULL, page.id DESC

-- name: hold_lead
-- why: two people who press at once make one customer
SELECT id FROM lead WHERE id = :id FOR UPDATE

-- name: add_lead
-- why: the trigger tells the admins
INSERT INTO lead (name, email, phone, company, source, message, created_at)
VALUES (:name, :email, :phone, :company, 'manual', :message, :now)
RETURNING id

-- name: reorders
-- why: what nobody has looked after first, with the job that is to be made again
SELECT reorder_request.id, reorder_request.created_at, reorder_request.customer_id, reorder_request.quantity,
       reorder_request.note, reorder_request.handled_at, reorder_request.handled_by, customer.name AS customer, customer.company, job.number AS job_number,
       job.title AS job_title, job.delivery_method, count(*) OVER () AS total
FROM reorder_request
JOIN customer ON customer.id = reorder_request.customer_id
LEFT JOIN job ON job.id = reorder_request.job_id
ORDER BY reorder_request.handled_at IS NOT NULL, reorder_request.id DESC
LIMIT :limit OFFSET :offset

-- name: add_reorder
-- why: a customer who calls is as good as one who presses the button; the trigger tells the admins
INSERT INTO reorder_request (customer_id, job_id, quantity, note, created_at)
SELECT customer_id, id, :quantity, :note, :now FROM job WHERE number = :number
RETURNING id

-- name: handle_lead
-- why: the row itself says who looked after it and when
UPDATE lead
SET handled_at = CASE WHEN :done THEN CAST(:now AS timestamptz) END, handled_by = CASE WHEN :done THEN CAST(:by AS text) END
WHERE id = :id AND (handled_at IS NULL) = CAST(:done AS boolean)
RETURNING id

-- name: handle_reorder
-- why: the row itself says who looked after it and when
UPDATE reorder_request
SET handled_at = CASE WHEN :done THEN CAST(:now AS timestamptz) END, handled_by = CASE WHEN :done THEN CAST(:by AS text) END
WHERE id = :id AND (handled_at IS NULL) = CAST(:done AS boolean)
RETURNING id
