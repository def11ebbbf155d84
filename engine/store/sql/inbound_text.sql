-- name: keep
-- why: Twilio delivers more than once; only the first of a sid has any effect
INSERT INTO inbound_text (created_at, message_sid, from_number, customer_id, body)
VALUES (:now, :sid, :from_number, :customer_id, :body)
ON CONFLICT (message_sid) DO NOTHING
RETURNING id

-- name: who
-- why: phones are kept as people write them, an extension behind them, so the last digits of the number find candidates
-- and the number itself decides
SELECT id, name, phone FROM customer
WHERE strpos(regexp_replace(phone, '\D', '', 'g'), right(:from_number, 7)) > 0
ORDER BY id DESC LIMIT 20

-- name: is_silent
-- why: a yes is an answer to something else unless the number had been silent
SELECT FROM suppression WHERE channel = 'sms' AND lifted_at IS NULL
  AND address IN (:from_number, forgotten_address(:from_number))

-- name: tell_admins
-- why: a reply is news for every active admin, or for all who become one
INSERT INTO message (created_at, rule_key, channel, staff_id, status, dedupe_key, subject, body_text, send_after, sent_at)
SELECT :now, 'sms_reply', 'in_app', staff.id, 'sent',
       'sms_reply:' || :sid || ':' || COALESCE('staff:' || staff.id, 'all'), :subject, :body, :now, :now
FROM (SELECT id FROM staff WHERE active AND role = 'admin'
      UNION ALL
      SELECT NULL WHERE NOT EXISTS (SELECT FROM staff WHERE active AND role = 'admin')) AS staff
ON CONFLICT (dedupe_key) DO NOTHING
