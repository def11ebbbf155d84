-- name: overdue
-- why: reads the invoices that cross a threshold, and no others; recorded once per invoice, threshold and due date.
-- Some systems write a date that nobody entered as `-infinity`: what lies before every calendar is no due date
WITH today AS (
    SELECT CAST(CAST(:now AS timestamptz) AT TIME ZONE timezone AS date) AS day FROM shop LIMIT 1
), tier (type, days) AS (
    VALUES ('invoice.overdue', 1), ('invoice.overdue_30', 30), ('invoice.overdue_60', 60), ('invoice.overdue_90', 90)
), crossing AS (
    SELECT watch.invoice_id
    FROM due_watch AS watch
    WHERE watch.next_on <= (SELECT day FROM today)
    ORDER BY watch.next_on
    LIMIT :most
    FOR UPDATE SKIP LOCKED
), due AS (
    SELECT invoice.id, invoice.due_date,
           invoice.status = 'sent' AND invoice.amount_paid_cents < invoice.total_cents
               AND invoice.due_date >= date '0001-01-01' AS unpaid
    FROM crossing JOIN invoice ON invoice.id = crossing.invoice_id
), recorded AS (
    INSERT INTO event (type, subject_table, subject_id, payload, occurred_at, occasion)
    SELECT tier.type, 'invoice', due.id,
           jsonb_build_object('due_date', due.due_date, 'days', today.day - due.due_date),
           :now, CAST(due.due_date AS text)
    FROM due, tier, today
    WHERE due.unpaid AND due.due_date + tier.days <= today.day
    ORDER BY due.id, tier.days
    ON CONFLICT (type, subject_table, subject_id, occasion) WHERE occasion IS NOT NULL DO NOTHING
    RETURNING id
), moved AS (
    UPDATE due_watch
    SET next_on = (SELECT min(due.due_date + tier.days) FROM tier, today
                   WHERE due.unpaid AND due.due_date + tier.days > today.day)
    FROM due
    WHERE due_watch.invoice_id = due.id
)
SELECT (SELECT count(*) FROM crossing) AS looked, (SELECT count(*) FROM recorded) AS recorded

-- name: options
-- why: the catalog says what an option is where somebody wrote what is none
SELECT options FROM rule_setting WHERE rule_key = :rule_key

-- name: due_soon
-- why: a range of the index on due dates, as wide as the option days_before
WITH today AS (
    SELECT CAST(CAST(:now AS timestamptz) AT TIME ZONE timezone AS date) AS day FROM shop LIMIT 1
), recorded AS (
    INSERT INTO event (type, subject_table, subject_id, payload, occurred_at, occasion)
    SELECT 'invoice.due_soon', 'invoice', invoice.id,
           jsonb_build_object('due_date', invoice.due_date, 'days', invoice.due_date - today.day),
           :now, CAST(invoice.due_date AS text)
    FROM invoice, today
    WHERE invoice.status = 'sent' AND invoice.amount_paid_cents < invoice.total_cents
      AND invoice.due_date BETWEEN (SELECT day FROM today) AND (SELECT day FROM today) + CAST(:days_before AS integer)
      AND NOT EXISTS (SELECT FROM event WHERE type = 'invoice.due_soon' AND subject_table = 'invoice'
                      AND subject_id = invoice.id AND occasion = CAST(invoice.due_date AS text))
    ORDER BY invoice.id
    ON CONFLICT (type, subject_table, subject_id, occasion) WHERE occasion IS NOT NULL DO NOTHING
    RETURNING id
)
SELECT count(*) AS recorded FROM recorded
