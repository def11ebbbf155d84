-- name: page
-- why: filtered, counted and paged where the rows are; overdue is never stored, it is a date that passed
SELECT invoice.*, customer.name AS customer, customer.company, job.number AS job_number,
       count(*) OVER () AS total,
       CASE WHEN invoice.status IN ('paid', 'void') THEN 0
            ELSE invoice.total_cents - invoice.amount_paid_cents END AS balance_cents,
       invoice.status = 'sent' AND invoice.amount_paid_cents < invoice.total_cents
           AND invoice.due_date < CAST(CAST(:now AS timestamptz) AT TIME ZONE shop.timezone AS date) AS overdue
FROM invoice
CROSS JOIN shop
JOIN customer ON customer.id = invoice.customer_id
LEFT JOIN job ON job.id = invoice.job_id
WHERE (CAST(:id AS bigint) IS NULL OR invoice.id = :id)
  AND (CAST(:job_id AS bigint) IS NULL OR invoice.job_id = :job_id)
  AND (CAST(:search AS text) IS NULL OR strpos(lower(
      concat_ws(' ', invoice.number, invoice.po_number, job.number, customer.name, customer.company)), lower(:search)) > 0)
  AND CASE :which
      WHEN 'open' THEN invoice.status = 'sent' AND invoice.amount_paid_cents < invoice.total_cents
      WHEN 'overdue' THEN invoice.status = 'sent' AND invoice.amount_paid_cents < invoice.total_cents
          AND invoice.due_date < CAST(CAST(:now AS timestamptz) AT TIME ZONE shop.timezone AS date)
      WHEN 'disputed' THEN invoice.disputed
      WHEN 'all' THEN true
      ELSE invoice.status = :which END
ORDER BY CASE WHEN :which IN ('open', 'overdue') THEN invoice.due_date END NULLS LAST, invoice.id DESC
LIMIT :limit OFFSET :offset

-- name: payments
-- why: what has come in so far, the latest first
SELECT id, amount_cents, method, reference, received_on, provider_id IS NOT NULL AS by_provider FROM payment WHERE invoice_id = :id ORDER BY id DESC

-- name: held
-- why: two people can't both act on the invoice that they both saw
SELECT id, number, status, total_cents, amount_paid_cents, due_date, po_number, disputed, reminders_paused_until,
       payment_link_requested_at, payment_pending_at
FROM invoice WHERE id = :id FOR UPDATE

-- name: create
-- why: the number is the next one where none is given
INSERT INTO invoice (number, customer_id, job_id, currency, total_cents, due_date, po_number, created_at)
VALUES (COALESCE(:number, next_invoice_number()), :customer_id, :job_id, (SELECT currency FROM shop LIMIT 1),
        :total_cents, :due_date, :po_number, :now)
ON CONFLICT (number) DO NOTHING
RETURNING id

-- name: change
-- why: a due date that moves takes its reminders with it, for the scan reads the row
UPDATE invoice SET total_cents = :total_cents, due_date = :due_date, po_number = :po_number WHERE id = :id

-- name: customer_of
-- why: an invoice of a job goes to whoever ordered it
SELECT customer_id FROM job WHERE id = :job_id

-- name: send
-- why: the trigger tells the customer; what a deposit covers already is paid, for no payment is to come that could say so
UPDATE invoice
SET status = CASE WHEN amount_paid_cents < total_cents THEN 'sent' ELSE 'paid' END, sent_at = :now,
    paid_at = CASE WHEN amount_paid_cents < total_cents THEN paid_at ELSE CAST(:now AS timestamptz) END
WHERE id = :id
RETURNING status

-- name: void
-- why: what was void stays in the books
UPDATE invoice SET status = 'void' WHERE id = :id

-- name: keep_quiet
-- why: a dispute holds reminders, a pause moves them
UPDATE invoice SET disputed = :disputed, reminders_paused_until = :reminders_paused_until WHERE id = :id

-- name: request_link
-- why: the trigger sends the link
UPDATE invoice SET payment_link_requested_at = :now WHERE id = :id

-- name: record
-- why: money has a name beside it
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
VALUES (:now, :actor, :action, 'invoice:' || CAST(:id AS text), :before, :after)
