-- name: rules
-- why: one index probe per rule finds its last message, however long the ledger is
SELECT setting.rule_key, setting.enabled, setting.enabled_at, setting.options,
       (SELECT sent_at FROM message
        WHERE message.rule_key = setting.rule_key AND sent_at IS NOT NULL
        ORDER BY created_at DESC LIMIT 1) AS last_sent_at
FROM rule_setting AS setting

-- name: days
-- why: the shop thinks in its own days, so they are cut by its clock
SELECT message.rule_key, CAST(message.created_at AT TIME ZONE shop.timezone AS date) AS day,
       count(*) FILTER (WHERE message.sent_at IS NOT NULL) AS sent,
       count(*) FILTER (WHERE message.status = 'failed') AS failed
FROM message, shop
WHERE message.rule_key = ANY(:rule_keys)
  AND message.created_at > CAST(:now AS timestamptz) - make_interval(days => :days)
GROUP BY 1, 2

-- name: history
-- why: the ledger writes staff as `staff:7`; people know each other by name
SELECT entry.created_at, COALESCE(staff.name, entry.actor) AS actor, entry.action, entry.before, entry.after
FROM audit_entry AS entry
LEFT JOIN staff ON entry.actor = 'staff:' || staff.id
WHERE entry.subject = :subject
ORDER BY entry.id DESC
LIMIT :most

-- name: set_options
-- why: the change and its audit entry are one statement; the same again writes nothing
WITH old AS (
    SELECT rule_key, options FROM rule_setting WHERE rule_key = :key FOR UPDATE
), changed AS (
    UPDATE rule_setting
    SET options = old.options || CAST(:options AS jsonb), updated_by = :actor, updated_at = :now
    FROM old
    WHERE rule_setting.rule_key = old.rule_key AND NOT old.options @> CAST(:options AS jsonb)
    RETURNING rule_setting.rule_key, old.options AS before, rule_setting.options AS after
)
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
SELECT :now, :actor, 'rule.options', 'rule:' || rule_key, before, after FROM changed
RETURNING id

-- name: backlog
-- why: days that had come before the rule was on, for debts that are still open under the same due date
SELECT event.id
FROM event
JOIN invoice ON invoice.id = event.subject_id
WHERE event.type = :event_type AND event.subject_table = 'invoice' AND event.handled_at IS NOT NULL
  AND invoice.status = 'sent' AND invoice.amount_paid_cents < invoice.total_cents
  AND CAST(invoice.due_date AS text) = event.occasion
  AND NOT EXISTS (SELECT FROM message WHERE message.event_id = event.id AND message.rule_key = :rule_key)
ORDER BY invoice.due_date, event.id
LIMIT :most

-- name: one_decider
-- why: the decider's own lock, waited for, so that a reminder is not joined or counted by two at once
SELECT pg_advisory_xact_lock(4711001)

-- name: release
-- why: a person has chosen them, so the guard against accidents holds none of them, at no later decision either
UPDATE message SET detail = 'released', released_at = :now WHERE id = ANY (CAST(:ids AS bigint[])) AND status = 'queued'

-- name: record
-- why: what was sent by hand is told with the switches of its rule
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
VALUES (:now, :actor, :action, :subject, :before, :after)
