-- name: find
-- why: one job with whom it is for, as its page shows it
SELECT job.*, job_status.label AS status_label, customer.name AS customer, customer.company, customer.email,
       customer.phone, COALESCE(job.delivery_method, customer.delivery_method) AS way
FROM job
JOIN customer ON customer.id = job.customer_id
JOIN job_status ON job_status.key = job.status
WHERE job.number = :number

-- name: create
-- why: source says who ordered it; an order of the customer's own is confirmed to them
INSERT INTO job (number, title, customer_id, sales_rep_id, status, source, quantity, due_date, delivery_method,
                 contact_name, contact_email, contact_phone)
VALUES (COALESCE(:number, next_job_number()), :title, :customer_id, :sales_rep_id, :status, :source, :quantity,
        :due_date, :delivery_method, :contact_name, :contact_email, :contact_phone)
ON CONFLICT (number) DO NOTHING
RETURNING id, number

-- name: held
-- why: two people who correct it at once wait for each other
SELECT title, quantity, due_date, delivery_method, contact_name, contact_email, contact_phone, sales_rep_id
FROM job WHERE id = :id FOR UPDATE

-- name: change
-- why: the status is not among them, so that no correction tells a customer anything
UPDATE job
SET title = :title, quantity = :quantity, due_date = :due_date, delivery_method = :delivery_method,
    contact_name = :contact_name, contact_email = :contact_email, contact_phone = :contact_phone,
    sales_rep_id = :sales_rep_id, updated_at = clock_timestamp()
WHERE id = :id

-- name: record_change
-- why: a message that went to another address than the customer's can be explained later
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
VALUES (:now, :actor, :action, :subject, :before, :after)

-- name: sales_people
-- why: replies to a job's messages go to whoever looks after it
SELECT id, name FROM staff WHERE active AND role IN ('admin', 'sales') ORDER BY name

-- name: pause
-- why: what is paused by hand says who paused it
WITH held AS (
    SELECT id, messages_paused FROM job WHERE id = :id FOR UPDATE
), changed AS (
    UPDATE job SET messages_paused = :paused FROM held
    WHERE job.id = held.id AND held.messages_paused <> :paused
    RETURNING job.id
)
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
SELECT :now, :actor, CASE WHEN :paused THEN 'job.paused' ELSE 'job.resumed' END, 'job:' || id,
       jsonb_build_object('messages_paused', NOT CAST(:paused AS boolean)),
       jsonb_build_object('messages_paused', CAST(:paused AS boolean))
FROM changed
RETURNING id

-- name: proofs
-- why: the newest counts, the older ones show what was changed
SELECT id, version, status, image_url, sent_at, decline_reason, decided_at, decided_by, decided_via, decided_note
FROM artwork WHERE job_id = :job_id ORDER BY version DESC

-- name: hold
-- why: the job before its artwork, as everybody locks them
SELECT id, number, status, customer_id FROM job WHERE id = :id FOR UPDATE

-- name: send_proof
-- why: versions count up from the last one
INSERT INTO artwork (job_id, version, image_url, sent_at)
SELECT :job_id, COALESCE(max(version), 0) + 1, :image_url, :now FROM artwork WHERE job_id = :job_id
RETURNING version

-- name: newest
-- why: only the newest version is decided
SELECT id, version, status FROM artwork WHERE job_id = :job_id ORDER BY version DESC LIMIT 1 FOR UPDATE

-- name: decide
-- why: whoever decided by phone or at the counter decided as much as with the link
UPDATE artwork
SET status = :status, decline_reason = :reason, decided_at = :now, decided_by = :by, decided_via = 'staff',
    decided_note = :note
WHERE id = :id

-- name: record
-- why: who said that the customer decided
INSERT INTO audit_entry (created_at, actor, action, subject, after)
VALUES (:now, :actor, :action, :subject, :after)

-- name: shipments
-- why: what has gone out already
SELECT carrier, tracking_number, shipped_at FROM shipment WHERE job_id = :job_id ORDER BY id

-- name: by_numbers
-- why: what was pasted names jobs by their number
SELECT id, number FROM job WHERE number = ANY(:numbers) ORDER BY id FOR UPDATE

-- name: ship
-- why: one statement for all, so that a job with three parcels is one event; what is known already stays
INSERT INTO shipment (job_id, carrier, tracking_number, shipped_at)
SELECT job_id, carrier, tracking_number, :now
FROM unnest(CAST(:job_ids AS bigint[]), CAST(:carriers AS text[]), CAST(:numbers AS text[]))
     AS parcel (job_id, carrier, tracking_number)
ON CONFLICT (job_id, tracking_number) DO NOTHING
RETURNING job_id
