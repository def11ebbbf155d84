-- name: queue
-- why: a test is a message like any other, written when it was asked for instead of when it leaves
INSERT INTO message (created_at, rule_key, channel, staff_id, to_address, status, dedupe_key, wording_version_id,
                     subject, body_text, body_html, send_after, rfc_message_id, mode)
VALUES (:now, 'test_send', :channel, :staff_id, :to, 'queued', :dedupe_key, :wording_version_id,
        :subject, :body_text, :body_html, :now, :rfc_message_id, :mode)
RETURNING id

-- name: audit
-- why: who sent which rule's wording where
INSERT INTO audit_entry (actor, action, subject, after) VALUES (:actor, 'wording.tested', :subject, :after)

-- name: written
-- why: what was written when the test was asked for, and whether its address is the asker's own
SELECT message.subject, message.body_text, message.body_html, message.wording_version_id, message.staff_id,
       staff.active, lower(staff.email) = lower(message.to_address) AS own,
       (SELECT reason FROM suppression
        WHERE suppression.channel = message.channel AND suppression.address = lower(message.to_address)
          AND lifted_at IS NULL LIMIT 1) AS suppressed
FROM message LEFT JOIN staff ON staff.id = message.staff_id
WHERE message.id = :id

-- name: customer_with
-- why: a test goes to whoever asks for it and never to a customer, in any spelling of the number
SELECT EXISTS (
    SELECT FROM customer
    WHERE :channel = 'email' AND (lower(:to) IN (lower(trim(email)), lower(trim(billing_email)))
              OR EXISTS (SELECT FROM unnest(cc_emails) AS copy WHERE lower(trim(copy)) = lower(:to)))
       OR :channel = 'sms' AND strpos(regexp_replace(phone, '\D', '', 'g'), right(:to, 7)) > 0)
    OR EXISTS (
    SELECT FROM job
    WHERE :channel = 'email' AND lower(trim(contact_email)) = lower(:to)
       OR :channel = 'sms' AND strpos(regexp_replace(contact_phone, '\D', '', 'g'), right(:to, 7)) > 0) AS any
