-- name: customer
-- why: the token is all that a customer's link carries
SELECT id, name, company, portal_token FROM customer WHERE portal_token = :portal_token

-- name: hold_customer
-- why: two presses of one button wait for each other
SELECT id FROM customer WHERE id = :id FOR NO KEY UPDATE

-- name: steps
-- why: the timeline has the shop's own words; statuses that share one are one step
SELECT key, position, COALESCE(customer_label, label) AS label FROM job_status ORDER BY position

-- name: jobs
-- why: each order with its packages, its undecided proof and the days of its moves; what is done comes last
SELECT job.id, job.number, job.title, job.status, job.quantity, job.due_date, job.created_at,
       COALESCE(job.delivery_method, customer.delivery_method) AS delivery_method,
       (SELECT jsonb_agg(jsonb_build_array(carrier, tracking_number) ORDER BY id)
        FROM shipment WHERE job_id = job.id) AS packages,
       (SELECT jsonb_object_agg(moved.status, moved.at)
        FROM (SELECT payload ->> 'to' AS status, max(occurred_at) AS at FROM event
              WHERE subject_table = 'job' AND subject_id = job.id AND type = 'job.status_changed'
                AND payload ->> 'to' IS NOT NULL
              GROUP BY 1) AS moved) AS moves,
       proof.review_token AS review_token, proof.status AS proof_status
FROM job
JOIN customer ON customer.id = job.customer_id
LEFT JOIN LATERAL (SELECT review_token, status FROM artwork WHERE job_id = job.id ORDER BY version DESC LIMIT 1) AS proof
    ON true
WHERE job.customer_id = :customer_id
ORDER BY job.status IN ('delivered', 'cancelled'), job.id DESC
LIMIT :most

-- name: invoices
-- why: what is owed comes first; drafts and voids are the shop's own business
SELECT invoice.number, invoice.status, invoice.currency, invoice.total_cents, invoice.due_date, invoice.pay_token,
       invoice.payment_pending_at, invoice.paid_at, job.title AS job_title,
       CASE WHEN invoice.status = 'paid' THEN 0
            ELSE greatest(invoice.total_cents - invoice.amount_paid_cents, 0) END AS balance_cents
FROM invoice LEFT JOIN job ON job.id = invoice.job_id
WHERE invoice.customer_id = :customer_id AND invoice.status IN ('sent', 'paid')
ORDER BY invoice.status = 'paid', invoice.due_date, invoice.id DESC
LIMIT :most

-- name: invoice
-- why: one page's worth, by the token that its link carries
SELECT invoice.id, invoice.number, invoice.status, invoice.currency, invoice.total_cents, invoice.amount_paid_cents,
       invoice.po_number, invoice.due_date, invoice.sent_at, invoice.created_at, invoice.paid_at, invoice.pay_token,
       invoice.payment_pending_at, job.number AS job_number, job.title AS job_title, job.quantity AS job_quantity,
       customer.name AS customer_name, customer.company AS customer_company,
       CASE WHEN invoice.status IN ('paid', 'void') THEN 0
            ELSE greatest(invoice.total_cents - invoice.amount_paid_cents, 0) END AS balance_cents
FROM invoice
JOIN customer ON customer.id = invoice.customer_id
LEFT JOIN job ON job.id = invoice.job_id
WHERE invoice.pay_token = :pay_token AND invoice.status <> 'draft'
