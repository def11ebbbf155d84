-- name: page
-- why: searched, counted and paged where the rows are; digits find a phone number however it is written
SELECT customer.*, count(*) OVER () AS total
FROM customer
WHERE (CAST(:search AS text) IS NULL
       OR strpos(lower(concat_ws(' ', name, company, email, billing_email)), lower(:search)) > 0
       OR length(CAST(:digits AS text)) >= 4
          AND strpos(regexp_replace(COALESCE(phone, ''), '\D', '', 'g'), :digits) > 0)
  AND (NOT CAST(:unreachable AS boolean) OR COALESCE(trim(email), '') = '' AND COALESCE(trim(phone), '') = '')
ORDER BY lower(name), id
LIMIT :limit OFFSET :offset

-- name: one
-- why: with what keeps messages from this customer
SELECT customer.*,
       (SELECT jsonb_agg(jsonb_build_object('rule_key', rule_key, 'enabled', enabled, 'until', until, 'reason', reason)
                         ORDER BY rule_key)
        FROM rule_override WHERE customer_id = customer.id) AS overrides,
       (SELECT jsonb_agg(jsonb_build_object('channel', channel, 'address', address, 'reason', reason, 'note', note))
        FROM suppression
        WHERE lifted_at IS NULL
          AND (channel = 'email'
                  AND address IN (lower(btrim(customer.email, E' \t\n\x0b\f\r\u00a0')),
                                  lower(btrim(customer.billing_email, E' \t\n\x0b\f\r\u00a0')))
               OR channel = 'sms'
                  AND strpos(regexp_replace(translate(lower(customer.phone), 'abcdefghijklmnopqrstuvwxyz',
                                                      '22233344455566677778889999'), '\D', '', 'g'),
                             right(address, 7)) > 0)) AS suppressed
FROM customer
WHERE customer.id = :id

-- name: held
-- why: the change and its entry in the audit see the same row
SELECT * FROM customer WHERE id = :id FOR UPDATE

-- name: create
-- why: the portal's token is made by the database
INSERT INTO customer (name, company, email, billing_email, cc_emails, phone, delivery_method, sms_consent_at, created_at)
VALUES (:name, :company, :email, :billing_email, :cc_emails, :phone, :delivery_method, :sms_consent_at, :now)
RETURNING id

-- name: change
-- why: all that a person may change, at once
UPDATE customer
SET name = :name, company = :company, email = :email, billing_email = :billing_email, cc_emails = :cc_emails,
    phone = :phone, delivery_method = :delivery_method, sms_consent_at = :sms_consent_at,
    messages_paused_until = :messages_paused_until
WHERE id = :id

-- name: overridden
-- why: what the last word takes the place of
SELECT rule_key, until, reason FROM rule_override WHERE customer_id = :id AND rule_key = :rule_key AND NOT enabled

-- name: override
-- why: one for each customer and rule; the last word counts
INSERT INTO rule_override (customer_id, rule_key, enabled, until, reason)
VALUES (:id, :rule_key, false, :until, :reason)
ON CONFLICT (customer_id, rule_key) DO UPDATE
SET enabled = false, until = EXCLUDED.until, reason = EXCLUDED.reason

-- name: lift_override
-- why: without a row the rule speaks as it does to everybody
DELETE FROM rule_override WHERE customer_id = :id AND rule_key = :rule_key RETURNING rule_key, until, reason

-- name: record
-- why: who paused, changed or overrode, and what it was before
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
VALUES (:now, :actor, :action, 'customer:' || CAST(:id AS text), :before, :after)

-- name: reach
-- why: before anything goes out the shop should know whom it can't reach
SELECT count(*) AS customers,
       count(*) FILTER (WHERE COALESCE(trim(email), '') = '') AS without_email,
       count(*) FILTER (WHERE COALESCE(trim(phone), '') = '') AS without_phone,
       count(*) FILTER (WHERE COALESCE(trim(email), '') = '' AND COALESCE(trim(phone), '') = '') AS unreachable
FROM customer

-- name: sharing
-- why: texts to a shared number reach them all, and one STOP stops them all
SELECT right(regexp_replace(phone, '\D', '', 'g'), 10) AS number, array_agg(name ORDER BY name) AS names
FROM customer
WHERE length(regexp_replace(phone, '\D', '', 'g')) >= 7
GROUP BY 1
HAVING count(*) > 1
ORDER BY count(*) DESC, 1
LIMIT :most
