-- name: find
-- why: numbers first, then whoever or whatever has the words, or the digits of a telephone number, in it
WITH asked AS (
    SELECT lower(:words) AS words, regexp_replace(:words, '\D', '', 'g') AS digits
), found AS (
    SELECT 'job' AS kind, job.number AS key, job.title, customer.name AS note,
           CASE WHEN lower(job.number) = asked.words THEN 0 ELSE 4 END AS rank, job.id
    FROM asked, job JOIN customer ON customer.id = job.customer_id
    WHERE strpos(lower(concat_ws(' ', job.number, job.title, job.contact_name, job.contact_email)), asked.words) > 0
       OR length(asked.digits) >= 5 AND strpos(regexp_replace(job.contact_phone, '\D', '', 'g'), asked.digits) > 0
    UNION ALL
    SELECT 'invoice', invoice.number, NULL, customer.name,
           CASE WHEN lower(invoice.number) = asked.words THEN 1 ELSE 3 END, invoice.id
    FROM asked, invoice JOIN customer ON customer.id = invoice.customer_id
    WHERE strpos(lower(concat_ws(' ', invoice.number, invoice.po_number)), asked.words) > 0
    UNION ALL
    SELECT 'customer', CAST(customer.id AS text), customer.name, COALESCE(customer.company, customer.email), 2,
           customer.id
    FROM asked, customer
    WHERE strpos(lower(concat_ws(' ', name, company, email, billing_email, array_to_string(cc_emails, ' '))),
                 asked.words) > 0
       OR length(asked.digits) >= 5 AND strpos(regexp_replace(phone, '\D', '', 'g'), asked.digits) > 0
)
SELECT kind, key, title, note FROM found ORDER BY rank, id DESC LIMIT :most

-- name: lately
-- why: most of what people look for has just moved; of the latest events each job and invoice once
WITH latest AS (
    SELECT id, subject_table, subject_id FROM event
    WHERE subject_table IN ('job', 'artwork', 'invoice')
    ORDER BY id DESC
    LIMIT 200
), about AS (
    SELECT latest.id, latest.subject_table = 'invoice' AS billed,
           COALESCE(artwork.job_id, latest.subject_id) AS subject_id
    FROM latest
    LEFT JOIN artwork ON latest.subject_table = 'artwork' AND artwork.id = latest.subject_id
), moved AS (
    SELECT billed, subject_id, max(id) AS id FROM about GROUP BY billed, subject_id
)
SELECT CASE WHEN billed THEN 'invoice' ELSE 'job' END AS kind, COALESCE(invoice.number, job.number) AS key,
       job.title, customer.name AS note
FROM moved
LEFT JOIN invoice ON billed AND invoice.id = moved.subject_id
LEFT JOIN job ON NOT billed AND job.id = moved.subject_id
JOIN customer ON customer.id = COALESCE(invoice.customer_id, job.customer_id)
ORDER BY moved.id DESC
LIMIT :most

-- name: job
-- why: the record's head, by the number that people say
SELECT job.id, job.number, job.title, job_status.label AS status_label, job.quantity, job.due_date,
       job.messages_paused, job.customer_id, customer.name AS customer, customer.company,
       (SELECT array_agg(invoice.number ORDER BY invoice.id) FROM invoice WHERE invoice.job_id = job.id) AS invoices
FROM job JOIN customer ON customer.id = job.customer_id JOIN job_status ON job_status.key = job.status
WHERE job.number = :key

-- name: invoice
-- why: the record's head, by the number that people say
SELECT invoice.id, invoice.number, invoice.status, invoice.currency, invoice.total_cents,
       CASE WHEN invoice.status IN ('paid', 'void') THEN 0
            ELSE invoice.total_cents - invoice.amount_paid_cents END AS balance_cents,
       invoice.due_date, invoice.disputed, invoice.reminders_paused_until,
       invoice.customer_id, customer.name AS customer, customer.company, job.number AS job_number, job.title AS job_title
FROM invoice JOIN customer ON customer.id = invoice.customer_id LEFT JOIN job ON job.id = invoice.job_id
WHERE invoice.number = :key

-- name: customer
-- why: the record's head, with the newest of what belongs to them
SELECT id, name, company, email, billing_email, phone, messages_paused_until,
       (SELECT jsonb_agg(jsonb_build_array(number, title) ORDER BY id DESC) FROM (
           SELECT id, number, title FROM job WHERE customer_id = customer.id ORDER BY id DESC LIMIT 8) AS j) AS jobs,
       (SELECT jsonb_agg(jsonb_build_array(number, status) ORDER BY id DESC) FROM (
           SELECT id, number, status FROM invoice WHERE customer_id = customer.id ORDER BY id DESC LIMIT 8) AS i) AS invoices
FROM customer
WHERE CAST(id AS text) = :key

-- name: scope
-- why: a customer's record is all of theirs, a job's is the job with its invoices, an invoice's only itself
SELECT ARRAY(SELECT id FROM job WHERE :kind = 'job' AND id = :id OR :kind = 'customer' AND customer_id = :id) AS job_ids,
       ARRAY(SELECT id FROM invoice
             WHERE :kind = 'job' AND job_id = :id OR :kind = 'customer' AND customer_id = :id
                OR :kind = 'invoice' AND id = :id) AS invoice_ids

-- name: newest
-- why: the messages of a record are those of its events; chosen where they lie, since a large customer's are thousands
WITH own AS MATERIALIZED (
    SELECT id, subject_table, occurred_at FROM event
    WHERE subject_table = 'job' AND subject_id = ANY (CAST(:job_ids AS bigint[]))
       OR subject_table = 'invoice' AND subject_id = ANY (CAST(:invoice_ids AS bigint[]))
       OR subject_table = 'artwork' AND subject_id = ANY (ARRAY(
           SELECT id FROM artwork WHERE job_id = ANY (CAST(:job_ids AS bigint[]))))
       OR subject_table = 'reorder_request' AND subject_id = ANY (ARRAY(
           SELECT id FROM reorder_request WHERE customer_id = CAST(:customer_id AS bigint)))
)
SELECT ARRAY(SELECT id FROM own ORDER BY id DESC LIMIT :most) AS event_ids,
       -- A proof's own row says more than its event.
       ARRAY(SELECT id FROM own WHERE subject_table <> 'artwork'
             ORDER BY occurred_at DESC, id DESC LIMIT :most) AS happened_ids,
       -- Everything that was decided about it; a toast is over as soon as it was seen.
       ARRAY((SELECT id FROM message
              WHERE customer_id = CAST(:customer_id AS bigint) AND channel <> 'toast'
              ORDER BY id DESC LIMIT :most)
             UNION
             -- OFFSET 0: by each event's index entry, never by reading all messages there are.
             (SELECT theirs.id FROM own, LATERAL (
                  SELECT id FROM message WHERE event_id = own.id AND channel <> 'toast' OFFSET 0) AS theirs
              ORDER BY theirs.id DESC LIMIT :most)
             ORDER BY id DESC LIMIT :most) AS message_ids

-- name: happened
-- why: moves and money dates with whoever wrote them
SELECT event.occurred_at AS at, event.type, job.number AS job_number, invoice.number AS invoice_number,
       before.label AS from_label, after.label AS to_label, COALESCE(staff.name, event.payload ->> 'actor') AS who,
       event.type = 'invoice.sent' AND EXISTS (
           SELECT FROM event AS paid
           WHERE paid.subject_id = event.subject_id AND paid.subject_table = 'invoice' AND paid.type = 'invoice.paid'
             AND paid.id < event.id) AS due_again,
       (SELECT string_agg(concat_ws(' ', shipment.carrier, shipment.tracking_number), ', ' ORDER BY shipment.id)
        FROM shipment
        WHERE event.payload -> 'shipment_ids' @> to_jsonb(shipment.id) AND shipment.job_id = job.id) AS packages
FROM event
LEFT JOIN invoice ON event.subject_table = 'invoice' AND invoice.id = event.subject_id
LEFT JOIN job ON event.subject_table = 'job' AND job.id = event.subject_id
LEFT JOIN job_status AS before ON before.key = event.payload ->> 'from'
LEFT JOIN job_status AS after ON after.key = event.payload ->> 'to'
LEFT JOIN staff ON event.payload ->> 'actor' = 'staff:' || staff.id
WHERE event.id = ANY (CAST(:happened_ids AS bigint[]))

-- name: proofs
-- why: both its moments, when it was sent and when somebody decided
SELECT artwork.version, artwork.status, artwork.sent_at, artwork.decided_at, artwork.decided_by, artwork.decided_via,
       artwork.decline_reason, artwork.decided_note, job.number AS job_number
FROM artwork JOIN job ON job.id = artwork.job_id
WHERE artwork.job_id = ANY (CAST(:job_ids AS bigint[]))
ORDER BY artwork.id DESC
LIMIT :most

-- name: payments
-- why: the moment of entering it is what stands in a timeline; the day it was received is said beside it
SELECT payment.created_at AS at, payment.amount_cents, payment.method, payment.received_on, invoice.currency,
       invoice.number AS invoice_number, COALESCE(staff.name, payment.recorded_by) AS who
FROM payment
JOIN invoice ON invoice.id = payment.invoice_id
LEFT JOIN staff ON payment.recorded_by = 'staff:' || staff.id
WHERE payment.invoice_id = ANY (CAST(:invoice_ids AS bigint[]))
ORDER BY payment.id DESC
LIMIT :most

-- name: replies
-- why: what the customer texted back, on a job's or an invoice's record from its beginning on
SELECT created_at AS at, body
FROM inbound_text
WHERE customer_id = :of_customer AND (CAST(:since AS timestamptz) IS NULL OR created_at >= :since)
ORDER BY id DESC
LIMIT :most

-- name: began
-- why: before it was entered nothing could be about it
SELECT created_at FROM job WHERE :kind = 'job' AND id = :id
UNION ALL
SELECT created_at FROM invoice WHERE :kind = 'invoice' AND id = :id
UNION ALL
SELECT created_at FROM customer WHERE :kind = 'customer' AND id = :id
