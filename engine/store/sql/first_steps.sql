-- name: read
-- why: what ticks itself, in one look
SELECT shop.name, shop.email, shop.phone, shop.delivery_mode,
       EXISTS (SELECT FROM message WHERE rule_key = 'test_send' AND status IN ('sent', 'delivered')
                 AND (mode IS NULL OR mode <> 'sandbox')) AS tested,
       EXISTS (SELECT FROM customer) AS customers,
       EXISTS (SELECT FROM customer WHERE COALESCE(trim(email), '') = '' AND COALESCE(trim(phone), '') = '')
           AS unreachable,
       (SELECT min(created_at) FROM message WHERE mode = 'sandbox' AND customer_id IS NOT NULL) AS watching_since
FROM shop
LIMIT 1

-- name: old
-- why: whoever goes live wants to know that nothing of this is told
SELECT (SELECT count(*) FROM job WHERE status <> ALL (CAST(:done AS text[]))) AS jobs,
       (SELECT count(*) FROM invoice WHERE status = 'sent' AND amount_paid_cents < total_cents) AS invoices,
       (SELECT count(*) FROM invoice WHERE status = 'sent' AND amount_paid_cents < total_cents
           AND due_date < CAST(CAST(:now AS timestamptz) AT TIME ZONE shop.timezone AS date)) AS debts
FROM shop
LIMIT 1

-- name: ticks
-- why: what only a person can know, with who said so; the last word counts
SELECT DISTINCT ON (entry.subject) entry.subject, entry.action, entry.created_at, COALESCE(staff.name, entry.actor) AS actor
FROM audit_entry AS entry
LEFT JOIN staff ON entry.actor = 'staff:' || staff.id
WHERE entry.subject = ANY(:subjects)
ORDER BY entry.subject, entry.id DESC

-- name: tick
-- why: kept with the other things that people decided
INSERT INTO audit_entry (created_at, actor, action, subject)
VALUES (:now, :actor, :action, 'first_steps:' || :key)

-- name: watched
-- why: what would have gone out, by trigger, had the shop been live
SELECT rule_key, channel, count(*) AS count, count(DISTINCT customer_id) AS customers, max(id) AS latest
FROM message
WHERE mode = 'sandbox' AND customer_id IS NOT NULL AND status IN ('sent', 'queued', 'held')
  AND created_at > CAST(:now AS timestamptz) - make_interval(hours => :hours)
GROUP BY rule_key, channel
ORDER BY count(*) DESC, rule_key

-- name: examples
-- why: a few of them as they would have read
SELECT message.id, message.rule_key, message.channel, message.subject, left(message.body_text, 200) AS opening,
       customer.name AS customer, message.to_address, message.created_at
FROM message JOIN customer ON customer.id = message.customer_id
WHERE message.mode = 'sandbox' AND message.status = 'sent'
  AND message.created_at > CAST(:now AS timestamptz) - make_interval(hours => :hours)
ORDER BY message.id DESC
LIMIT :most
