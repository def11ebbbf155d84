-- name: remembered
-- why: mapped by hand once; the last import of this kind says how
SELECT after FROM audit_entry WHERE subject = 'import:' || :kind ORDER BY id DESC LIMIT 1

-- name: remember
-- why: the mapping is kept with who imported what
INSERT INTO audit_entry (created_at, actor, action, subject, after)
VALUES (:now, :actor, 'imported', 'import:' || :kind, :after)

-- name: customers
-- why: matched by their address, else by name and company, else by phone
SELECT id, name, company, email, billing_email, cc_emails, phone, delivery_method FROM customer ORDER BY id

-- name: jobs
-- why: matched by their number
SELECT job.id, job.number, job.title, job.status, job.quantity, job.due_date, job.delivery_method, job.customer_id
FROM job WHERE number = ANY(:numbers)

-- name: invoices
-- why: matched by their number; what was received here may be news to the file
SELECT id, number, status, currency, total_cents, amount_paid_cents, due_date, po_number, customer_id, job_id,
       (SELECT COALESCE(sum(amount_cents), 0) FROM payment WHERE invoice_id = invoice.id) AS received_cents
FROM invoice WHERE number = ANY(:numbers)

-- name: job_ids
-- why: an invoice names its job by number
SELECT id, number, customer_id FROM job WHERE number = ANY(:numbers)

-- name: statuses
-- why: what a file calls a status is matched to what the shop calls it
SELECT key, label FROM job_status ORDER BY position

-- name: new_customer
-- why: the same columns as one typed by hand
INSERT INTO customer (name, company, email, billing_email, cc_emails, phone, delivery_method)
VALUES (:name, :company, :email, :billing_email, :cc_emails, :phone, :delivery_method)
RETURNING id

-- name: change_customer
-- why: only what the file changes is written: the rest may have changed since the preview
UPDATE customer
SET name = COALESCE(:name, name), company = COALESCE(:company, company), email = COALESCE(:email, email),
    billing_email = COALESCE(:billing_email, billing_email), cc_emails = COALESCE(:cc_emails, cc_emails),
    phone = COALESCE(:phone, phone), delivery_method = COALESCE(:delivery_method, delivery_method)
WHERE id = :id
RETURNING id

-- name: new_job
-- why: source stays staff, so that no order is confirmed that was placed long ago
INSERT INTO job (number, title, status, quantity, due_date, delivery_method, customer_id)
VALUES (:number, :title, :status, :quantity, :due_date, :delivery_method, :customer_id)
ON CONFLICT (number) DO NOTHING
RETURNING id

-- name: change_job
-- why: a moved job writes its event, quietly when the import says so; what the file doesn't change stays, and so does
-- a job that has moved since the preview
UPDATE job
SET title = COALESCE(:title, title), customer_id = COALESCE(:customer_id, customer_id),
    status = COALESCE(:status, status), quantity = COALESCE(:quantity, quantity),
    due_date = COALESCE(:due_date, due_date), delivery_method = COALESCE(:delivery_method, delivery_method)
WHERE id = :id AND (CAST(:status AS text) IS NULL OR status = :was_status)
RETURNING id

-- name: new_invoice
-- why: a sent one is sent since today, so that no reminder of the past is caught up
INSERT INTO invoice (number, status, total_cents, amount_paid_cents, due_date, po_number, customer_id, job_id, currency)
VALUES (:number, :status, :total_cents, :amount_paid_cents, :due_date, :po_number, :customer_id, :job_id,
        (SELECT currency FROM shop LIMIT 1))
ON CONFLICT (number) DO NOTHING
RETURNING id

-- name: change_invoice
-- why: the file is the books; what it doesn't change stays, and so does an invoice that was paid, sent or made void
-- since the preview
UPDATE invoice
SET total_cents = COALESCE(:total_cents, total_cents), customer_id = COALESCE(:customer_id, customer_id),
    status = COALESCE(:status, status), amount_paid_cents = COALESCE(:amount_paid_cents, amount_paid_cents),
    due_date = COALESCE(:due_date, due_date), po_number = COALESCE(:po_number, po_number),
    job_id = COALESCE(:job_id, job_id)
WHERE id = :id AND amount_paid_cents = :was_paid_cents AND (CAST(:status AS text) IS NULL OR status = :was_status)
RETURNING id
