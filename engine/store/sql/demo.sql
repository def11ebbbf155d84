-- name: shop
-- The row lock makes a second loader wait, and then find the first one's work.
SELECT timezone FROM shop FOR UPDATE

-- name: contents
-- What is there already decides between loading, "already loaded" and refusing.
SELECT
    (SELECT count(*) FROM customer) AS customers,
    (SELECT count(*) FROM job) AS jobs,
    EXISTS (SELECT FROM audit_entry WHERE action = 'demo.loaded') AS loaded

-- name: name_shop
-- grace_seconds = 0: in a demo, the message that a change causes shows at once.
UPDATE shop SET
    name = :name, email = :email, phone = :phone, address = :address, website = :website, hours = :hours,
    reply_to = :reply_to, redirect_email = :redirect_email, redirect_phone = :redirect_phone,
    alert_email = :alert_email, alert_phone = :alert_phone, grace_seconds = 0

-- name: add_staff
-- Somebody may have added themself before; they stay as they are.
INSERT INTO staff (name, email, role) VALUES (:name, :email, :role) ON CONFLICT (email) DO NOTHING

-- name: add_closed_day
-- The demo has a holiday, so that reminders can be seen to step over it.
INSERT INTO closed_day (day, label) VALUES (:day, :label) ON CONFLICT (day) DO NOTHING

-- name: add_customer
-- Written as the shop's system would write it; ids are for the rows that follow.
INSERT INTO customer (
    name, company, email, billing_email, cc_emails, phone, sms_consent_at, delivery_method, messages_paused_until,
    created_at
) VALUES (
    :name, :company, :email, :billing, :cc, :phone, :consent, :method, :paused, :created_at
)
RETURNING id

-- name: add_override
-- One customer wants less than the others.
INSERT INTO rule_override (customer_id, rule_key, enabled, reason) VALUES (:customer_id, :rule_key, false, :reason)

-- name: add_suppression
-- One customer once replied STOP.
INSERT INTO suppression (channel, address, reason, since, note) VALUES (:channel, :address, 'opted_out', :since, :note)

-- name: add_job
-- Jobs begin early in their life and are moved on, so that the triggers see a history.
INSERT INTO job (
    title, customer_id, sales_rep_id, status, source, quantity, due_date, delivery_method,
    contact_name, contact_email, contact_phone, created_at, updated_at
) VALUES (
    :title, :customer_id, (SELECT id FROM staff WHERE email = :rep), :status, :source, :quantity, :due_date, :method,
    :contact_name, :contact_email, :contact_phone, :at, :at
)
RETURNING id

-- name: move_job
-- One statement per move, as in the shop.
UPDATE job SET status = :status WHERE id = :id

-- name: add_proof
-- Versions in their order, each at its time.
INSERT INTO artwork (job_id, version, sent_at, created_at) VALUES (:job_id, :version, :at, :at) RETURNING id

-- name: decide_proof
-- As the shop's own system would write it.
UPDATE artwork SET
    status = :status, decline_reason = :reason, decided_at = :at, decided_by = :by, decided_via = 'portal'
WHERE id = :id

-- name: add_shipment
-- As the shop's own system would write it.
INSERT INTO shipment (job_id, carrier, tracking_number, shipped_at, created_at)
VALUES (:job_id, :carrier, :tracking_number, :at, :at)

-- name: add_invoice
-- As the shop's own system would write it.
INSERT INTO invoice (customer_id, job_id, status, total_cents, po_number, due_date, sent_at, disputed, created_at)
VALUES (:customer_id, :job_id, :status, :cents, :po, :due_date, :sent_at, :disputed, :at)
RETURNING id

-- name: add_payment
-- As the shop's own system would write it.
INSERT INTO payment (invoice_id, amount_cents, method, reference, received_on, recorded_by, created_at)
VALUES (:invoice_id, :cents, :method, :reference, :received_on, :recorded_by, :at)

-- name: close_invoice
-- The sum is written, not added, so it is right whoever else counts payments.
UPDATE invoice SET status = :status, amount_paid_cents = :paid, paid_at = :paid_at WHERE id = :id

-- name: add_lead
-- As the shop's own system would write it.
INSERT INTO lead (name, email, phone, company, source, message, created_at)
VALUES (:name, :email, :phone, :company, :source, :message, :at)

-- name: add_reorder
-- As the shop's own system would write it.
INSERT INTO reorder_request (customer_id, job_id, quantity, note, created_at)
VALUES (:customer_id, :job_id, :quantity, :note, :at)

-- name: settle_events
-- The demo's past is history: its events lie where they belong in time, and nobody is told of them now.
-- xmin picks the events that this very transaction wrote, so a real one beside it is left alone.
UPDATE event SET occurred_at = :at, handled_at = :now
WHERE handled_at IS NULL AND xmin = CAST(pg_current_xact_id() AS xid)

-- name: record_load
-- As the shop's own system would write it.
INSERT INTO audit_entry (actor, action, subject, after)
VALUES (:actor, 'demo.loaded', 'shop', jsonb_build_object('customers', CAST(:customers AS int), 'jobs', CAST(:jobs AS int)))
