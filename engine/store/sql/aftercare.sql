-- name: anything_due
-- why: one look at a small index, so that a shop without texts never loads Twilio's library
SELECT EXISTS (SELECT FROM message WHERE status = :status AND follow_at <= :now) AS any

-- name: take_sent
-- why: the next look is set before this one, so that two sidecars never look twice and a crash costs one look
UPDATE message
SET follow_at = (SELECT min(sent_at + step) FROM unnest(CAST(:steps AS interval[])) AS step WHERE sent_at + step > :now)
WHERE id = (SELECT id FROM message
            WHERE status = 'sent' AND follow_at <= :now AND channel = 'sms' AND provider_id IS NOT NULL
            ORDER BY follow_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, provider_id

-- name: take_unknown
-- why: the longer it is in doubt, the rarer it is asked for; an emptied text can't be recognised any more
UPDATE message
SET follow_at = CAST(:now AS timestamptz)
        + LEAST(GREATEST(CAST(:now AS timestamptz) - tried.last_at, interval '1 minute'), interval '4 hours')
FROM (SELECT message.id, min(attempt.started_at) AS first_at, max(attempt.started_at) AS last_at
      FROM message JOIN attempt ON attempt.message_id = message.id AND attempt.outcome = 'unknown'
      WHERE message.id = (
          SELECT id FROM message
          WHERE status = 'unknown' AND follow_at <= :now AND channel = 'sms' AND body_text <> ''
            AND EXISTS (SELECT FROM attempt WHERE message_id = message.id AND outcome = 'unknown')
          ORDER BY follow_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      GROUP BY message.id) AS tried
WHERE message.id = tried.id
RETURNING message.id, message.lease, message.attempts, message.to_address, message.body_text,
          tried.first_at, tried.last_at,
          (SELECT to_address FROM attempt WHERE message_id = message.id AND outcome = 'unknown'
           ORDER BY id DESC LIMIT 1) AS handed_to

-- name: is_another
-- why: two messages with the same words to the same number are told apart by the sids that are taken
SELECT FROM message WHERE channel = 'sms' AND provider_id = :sid AND id <> :id

-- name: adopt
-- why: a text that is on its way at this moment to the same number could be the one that was found
UPDATE message
SET status = 'sent', reason = NULL, detail = NULL, provider_id = :sid, sent_at = :sent_at,
    follow_at = CAST(:sent_at AS timestamptz) + interval '1 minute'
WHERE id = :id AND lease = :lease AND status = 'unknown'
  AND NOT EXISTS (SELECT FROM message AS other
                  WHERE other.status = 'sending' AND other.channel = 'sms' AND other.to_address = message.to_address)
RETURNING id

-- name: give_back
-- why: Twilio never had it, so sending it again repeats nothing
UPDATE message
SET status = :status, reason = :reason, detail = :detail, try_after = :try_after, follow_at = NULL
WHERE id = :id AND lease = :lease AND status = 'unknown'
RETURNING id

-- name: look_again
-- why: a text that Twilio has not listed yet may still turn up, and not before this moment is it surely absent
UPDATE message SET follow_at = :at WHERE id = :id AND lease = :lease AND status = 'unknown'

-- name: found_out
-- why: what the doubt came to stands beside what was known at the time
UPDATE attempt SET outcome = :outcome, detail = concat_ws('; ', NULLIF(detail, ''), CAST(:detail AS text))
WHERE message_id = :id AND lease = :lease

-- name: reported
-- why: held until the report is written, so that of two reports at once the later one sees the earlier
SELECT message.id, message.status, message.rule_key, message.lease, message.to_address,
       (SELECT to_address FROM attempt WHERE message_id = message.id ORDER BY id DESC LIMIT 1) AS handed_to
FROM message WHERE channel = 'sms' AND provider_id = :sid
FOR UPDATE

-- name: arrived
-- why: it is over, and nobody asks again
UPDATE message SET status = 'delivered', delivered_at = :now, follow_at = NULL WHERE id = :id AND status = 'sent'

-- name: failed
-- why: what the carrier said is for staff to read
UPDATE message SET status = 'failed', reason = :reason, detail = :detail, follow_at = NULL
WHERE id = :id AND status = 'sent'

-- name: keep_report
-- why: every word of the provider is kept once, also one that comes too late to change anything
INSERT INTO provider_event (provider, provider_event_id, type, received_at, outcome)
VALUES ('twilio', :sid || ':' || :status, :status, :now, :outcome)
ON CONFLICT (provider, provider_event_id) DO UPDATE SET outcome = EXCLUDED.outcome
WHERE provider_event.outcome = 'no such message'
