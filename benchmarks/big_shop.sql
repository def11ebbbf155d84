-- A shop after some years: 5,000 customers, 20,000 jobs, 20,000 invoices, 100,000 messages of the last two years.
-- Triggers are asleep, so nothing here is news to the sidecar. Every number is derived from the row's, never random.
SET LOCAL session_replication_role = replica;

INSERT INTO staff (name, email, role)
SELECT (ARRAY['Maya', 'Tom', 'Ines'])[n], 'staff' || n || '@example.com', (ARRAY['admin', 'sales', 'production'])[n]
FROM generate_series(1, 3) AS n;

INSERT INTO customer (created_at, name, company, email, billing_email, phone, sms_consent_at, delivery_method)
SELECT now() - interval '2 years', 'Customer ' || n, CASE WHEN n % 3 > 0 THEN 'Company ' || n END,
       CASE WHEN n % 50 > 0 THEN 'customer' || n || '@example.com' END,
       CASE WHEN n % 7 = 0 THEN 'billing' || n || '@example.com' END,
       CASE WHEN n % 4 > 0 THEN '+1' || (200 + n % 700) || '55501' || to_char(n % 100, 'FM00') END,
       CASE WHEN n % 8 = 0 THEN now() - interval '1 year' END,
       (ARRAY['pickup', 'ship', 'deliver'])[1 + n % 3]
FROM generate_series(1, 5000) AS n;

-- One job in ten is still in the house; every twentieth job is of the first customer, the shop's largest.
INSERT INTO job (created_at, number, title, customer_id, sales_rep_id, status, quantity, due_date)
SELECT now() - (20000 - n) * interval '52 minutes', CAST(1000 + n AS text), 'Shirts for event ' || n,
       CASE WHEN n % 20 = 0 THEN 1 ELSE 1 + n % 5000 END, 1 + n % 2,
       CASE WHEN n > 18000 THEN (ARRAY['quote', 'quote_sent', 'art_requested', 'art_approval_sent',
            'art_revision_requested', 'art_approved', 'films', 'screen_burned', 'in_production', 'bagging',
            'completed_order', 'shipped'])[1 + n % 12] ELSE 'delivered' END,
       24 + n % 400, CAST(now() AS date) - (20000 - n) / 28 + 14
FROM generate_series(1, 20000) AS n;

INSERT INTO artwork (created_at, sent_at, job_id, version, status, decided_at, decided_via)
SELECT job.created_at, job.created_at, job.id, version,
       CASE WHEN version = 1 AND job.id % 4 = 0 THEN 'declined' ELSE 'approved' END, job.created_at, 'portal'
FROM job, generate_series(1, 2) AS version WHERE version = 1 OR job.id % 4 = 0;

INSERT INTO shipment (created_at, job_id, carrier, tracking_number)
SELECT created_at, id, 'UPS', '1Z' || number FROM job WHERE id % 3 = 0 AND status = 'delivered';

INSERT INTO invoice (created_at, number, customer_id, job_id, status, total_cents, amount_paid_cents, due_date, sent_at)
SELECT created_at, CAST(number AS bigint) + 100000, customer_id, id,
       CASE WHEN id % 25 > 0 AND id <= 18000 THEN 'paid' WHEN id > 19500 THEN 'draft' ELSE 'sent' END,
       20000 + id * 7 % 90000, CASE WHEN id % 25 > 0 AND id <= 18000 THEN 20000 + id * 7 % 90000 ELSE 0 END,
       CAST(created_at AS date) + 30, created_at
FROM job;

INSERT INTO payment (created_at, invoice_id, amount_cents, method, received_on)
SELECT sent_at, id, total_cents, 'card', due_date FROM invoice WHERE status = 'paid';

INSERT INTO lead (created_at, name, email, message)
SELECT now() - n * interval '8 hours', 'Lead ' || n, 'lead' || n || '@example.com', 'How much are 50 shirts?'
FROM generate_series(1, 2000) AS n;

-- Five events a job, all behind us: four moves and its invoice.
INSERT INTO event (created_at, type, subject_table, subject_id, payload, occurred_at, handled_at)
SELECT job.created_at, 'job.status_changed', 'job', job.id,
       jsonb_build_object('from', move[1], 'to', move[2], 'actor', 'staff:1'), at, at
FROM job, (VALUES (1, ARRAY['art_requested', 'art_approval_sent']), (2, ARRAY['films', 'in_production']),
           (3, ARRAY['bagging', 'completed_order']), (4, ARRAY['completed_order', 'shipped'])) AS step (number, move),
     LATERAL (SELECT least(job.created_at + step.number * interval '5 hours', now() - interval '1 hour') AS at) AS moment;

INSERT INTO event (created_at, type, subject_table, subject_id, payload, occurred_at, handled_at)
SELECT created_at, 'invoice.sent', 'invoice', id, '{}', created_at, created_at FROM invoice;

-- One message an event: emails, a fifth of them texts, toasts and notices; few of them still wait or went wrong.
INSERT INTO message (created_at, event_id, rule_key, channel, customer_id, staff_id, to_address, status, reason,
    dedupe_key, subject, body_text, body_html, send_after, attempts, mode, sent_at, delivered_at, read_at,
    rfc_message_id, provider_id)
SELECT at, event.id, rule, channel, CASE WHEN channel IN ('email', 'sms') THEN customer_id END,
       CASE WHEN channel = 'in_app' THEN 1 END,
       CASE channel WHEN 'email' THEN 'customer' || customer_id || '@example.com' WHEN 'sms' THEN '+12015550142' END,
       status, CASE status WHEN 'failed' THEN 'refused' WHEN 'held' THEN 'surge' WHEN 'skipped' THEN 'opted_out' END,
       rule || ':' || event.id, 'About job ' || job_number || ', ' || title,
       'Hello, your order is well under way. ' || title || ' ' || words,
       CASE WHEN channel = 'email' THEN '<p>' || repeat(words, 6) || '</p>' END,
       at, 1, 'live', CASE WHEN status IN ('sent', 'delivered') THEN at + interval '2 minutes' END,
       CASE WHEN status = 'delivered' THEN at + interval '3 minutes' END,
       CASE WHEN channel = 'in_app' AND event.id % 40 > 0 THEN at END,
       CASE WHEN channel = 'email' THEN '<' || event.id || '@example.com>' END,
       CASE WHEN status = 'delivered' THEN 'SM' || event.id END
FROM (
    SELECT event.id, event.occurred_at AS at, job.customer_id, job.number AS job_number, job.title,
           CASE WHEN event.id % 100 = 7 THEN 'art_decline_notification' WHEN event.id % 10 = 3 THEN 'status_change_toast'
                WHEN event.type = 'invoice.sent' THEN 'invoice_sent_email' WHEN event.id % 10 = 6 THEN 'job_complete_sms'
                WHEN payload ->> 'to' = 'art_approval_sent' THEN 'art_approval_email'
                WHEN payload ->> 'to' = 'in_production' THEN 'production_started_email'
                WHEN payload ->> 'to' = 'completed_order' THEN 'job_complete_email'
                ELSE 'tracking_shipped_email' END AS rule
    FROM event
    LEFT JOIN invoice ON event.subject_table = 'invoice' AND invoice.id = event.subject_id
    JOIN job ON job.id = CASE event.subject_table WHEN 'job' THEN event.subject_id ELSE invoice.job_id END
    ORDER BY event.occurred_at
) AS event,
LATERAL (SELECT CASE rule WHEN 'art_decline_notification' THEN 'in_app' WHEN 'status_change_toast' THEN 'toast'
                WHEN 'job_complete_sms' THEN 'sms' ELSE 'email' END AS channel) AS by_channel,
LATERAL (SELECT CASE WHEN channel IN ('in_app', 'toast') THEN 'sent' WHEN id % 500 = 0 THEN 'failed'
                WHEN id % 1500 = 1 THEN 'held' WHEN id % 1000 = 2 THEN 'queued' WHEN id % 20 = 5 THEN 'skipped'
                WHEN channel = 'sms' THEN 'delivered' ELSE 'sent' END AS status) AS by_status,
-- Written words don't shrink to nothing when they are stored, so these may not either.
LATERAL (SELECT string_agg(md5(CAST(event.id * 20 + n AS text)), ' ') AS words FROM generate_series(1, 16) AS n) AS text;

INSERT INTO attempt (created_at, message_id, lease, started_at, finished_at, outcome)
SELECT created_at, id, 1, created_at, created_at, 'accepted' FROM message WHERE sent_at IS NOT NULL;

INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
SELECT now() - n * interval '5 hours', 'staff:1', CASE WHEN n % 2 = 0 THEN 'rule.enabled' ELSE 'rule.disabled' END,
       'rule:job_complete_email', '{}', '{}'
FROM generate_series(1, 3000) AS n;
