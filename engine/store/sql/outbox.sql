-- name: desk
-- why: whether anything may leave at this moment, read in the claim and again before the hand-off
SELECT shop.sending_paused, shop.delivery_mode, shop.fingerprint, shop.paused_counted_until, clock_timestamp() AS now,
       connection.last_error, connection.failing_since, connection.probe_at,
       connection.provider IS NULL OR connection.verified_at IS NOT NULL AS verified
FROM shop LEFT JOIN connection ON connection.provider = :provider
LIMIT 1

-- part: under_lease
-- why: the lease number fences off a sender that comes too late. A reminder takes up a day when its hand-off begins, so one
-- that was put off has no claim to the day of another
status = 'sending', lease = lease + 1, leased_until = CAST(:now AS timestamptz) + make_interval(secs => :lease_seconds),
dunning_on = NULL

-- part: claimed
-- why: what a sender knows of a message that it may send
id, event_id, rule_key, channel, customer_id, staff_id, to_address, lease, leased_until, send_after, try_after, age_from,
attempts, mode, rfc_message_id, resend_of, dedupe_key

-- name: claim
-- why: SKIP LOCKED keeps senders out of each other's way
UPDATE message
SET {{ under_lease }}
WHERE id IN (
    SELECT id FROM message
    WHERE status = 'queued' AND channel = :channel AND COALESCE(try_after, send_after) <= :now
    ORDER BY COALESCE(try_after, send_after), id
    LIMIT LEAST(CAST(:most AS bigint), (
        SELECT (count(*) + :among - 1) / :among
        FROM (SELECT FROM message
              WHERE status = 'queued' AND channel = :channel AND COALESCE(try_after, send_after) <= :now
              LIMIT CAST(:most AS bigint) * :among) AS due))
    FOR UPDATE SKIP LOCKED)
RETURNING {{ claimed }}

-- name: claim_to_try
-- why: of what is due the one that was in a sender's hands least often, so that one that a broken channel refuses for its
-- own sake is not every try's
UPDATE message
SET {{ under_lease }}
WHERE id = (
    SELECT id FROM message
    WHERE status = 'queued' AND channel = :channel AND COALESCE(try_after, send_after) <= :now
    ORDER BY lease, COALESCE(try_after, send_after), id
    LIMIT 1
    FOR UPDATE SKIP LOCKED)
RETURNING {{ claimed }}

-- part: moment
-- why: one moment for all that a statement writes; the clock's own, where none is given
SELECT COALESCE(CAST(:now AS timestamptz), clock_timestamp()) AS now

-- part: may_begin
-- why: nothing begins too late for its lease, nor unless the shop and the channel stand as they were looked at
COALESCE(leased_until, moment.now) > moment.now + make_interval(secs => :budget_seconds)
AND NOT shop.sending_paused
AND shop.delivery_mode IS NOT DISTINCT FROM CAST(:delivery_mode AS text)
AND shop.fingerprint IS NOT DISTINCT FROM CAST(:fingerprint AS text)
AND NOT EXISTS (SELECT FROM connection
                WHERE provider = :provider AND last_error IS DISTINCT FROM CAST(:last_error AS text))

-- part: sent
-- why: what a provider has taken; a text is then followed to its end
status = 'sent', reason = NULL, detail = :detail, leased_until = NULL, attempts = attempts + 1,
provider_id = :provider_id, sent_at = moment.now,
follow_at = CASE WHEN channel = 'sms' THEN moment.now + interval '1 minute' END

-- name: begin_attempt
-- why: committed just before the hand-off, so that a process that dies after it leaves a doubt and not a loss; nothing
-- begins unless the shop and the channel stand as they were looked at
WITH moment AS MATERIALIZED ({{ moment }}),
mine AS (
    UPDATE message
    SET subject = :subject, body_text = :body_text, body_html = :body_html, to_address = :to_address,
        wording_version_id = :wording_version_id, dunning_on = COALESCE(:dunning_on, dunning_on)
    FROM shop, moment
    WHERE message.id = :id AND lease = :lease AND status = 'sending'
      AND {{ may_begin }}
    RETURNING message.id, lease, moment.now)
INSERT INTO attempt (message_id, lease, started_at, to_address)
SELECT id, lease, now, :handed_to FROM mine
RETURNING started_at

-- name: end_attempt
-- why: what the provider answered stays readable, whatever the message became
UPDATE attempt SET finished_at = :now, outcome = :outcome, detail = :detail
WHERE message_id = :id AND lease = :lease AND finished_at IS NULL

-- name: drop_attempt
-- why: a fault of the channel is no attempt of a message; nothing was handed over
DELETE FROM attempt WHERE message_id = :id AND lease = :lease AND finished_at IS NULL

-- name: settle
-- why: only the sender that holds the lease may say what became of the message
UPDATE message
SET status = :status, reason = :reason, detail = :detail, leased_until = NULL,
    try_after = COALESCE(:try_after, try_after), age_from = COALESCE(:age_from, age_from),
    attempts = attempts + :tried,
    provider_id = COALESCE(:provider_id, provider_id),
    sent_at = CASE WHEN :status = 'sent' THEN CAST(:now AS timestamptz) ELSE sent_at END,
    follow_at = CASE WHEN channel = 'sms' AND :status = 'sent' THEN CAST(:now AS timestamptz) + interval '1 minute'
                     WHEN channel = 'sms' AND :status = 'unknown' THEN CAST(:now AS timestamptz) END
WHERE id = :id AND lease = :lease AND status = 'sending'
RETURNING id

-- name: settle_sent
-- why: by far the commonest outcome takes one trip: the message is sent and its attempt accepted, under the one lease
WITH moment AS MATERIALIZED ({{ moment }}),
mine AS (
    UPDATE message
    SET {{ sent }}
    FROM moment
    WHERE id = :id AND lease = :lease AND status = 'sending'
    RETURNING id, sent_at),
ended AS (
    UPDATE attempt SET finished_at = sent_at, outcome = 'accepted', detail = :answer
    FROM mine WHERE message_id = :id AND attempt.lease = :lease AND finished_at IS NULL)
SELECT id FROM mine

-- name: settle_sent_and_begin
-- why: one trip and one commit from an accepted message to the next, which begins under the conditions of begin_attempt
WITH moment AS MATERIALIZED ({{ moment }}),
settled AS (
    UPDATE message
    SET {{ sent }}
    FROM moment
    WHERE id = :settled_id AND lease = :settled_lease AND status = 'sending'
    RETURNING id, lease, sent_at),
ended AS (
    UPDATE attempt SET finished_at = sent_at, outcome = 'accepted', detail = :answer
    FROM settled WHERE message_id = :settled_id AND attempt.lease = :settled_lease AND finished_at IS NULL),
mine AS (
    UPDATE message
    SET subject = :subject, body_text = :body_text, body_html = :body_html, to_address = :to_address,
        wording_version_id = :wording_version_id
    FROM shop, moment
    WHERE message.id = :id AND lease = :lease AND status = 'sending'
      AND {{ may_begin }}
    RETURNING message.id, lease, moment.now),
begun AS (
    INSERT INTO attempt (message_id, lease, started_at, to_address)
    SELECT id, lease, now, :handed_to FROM mine
    RETURNING started_at)
SELECT EXISTS (SELECT FROM settled) AS settled, (SELECT started_at FROM begun) AS begun_at

-- name: give_back
-- why: claimed and not begun, it waits for any sender again; what has begun is for its lease to settle
UPDATE message
SET status = 'queued', leased_until = NULL
FROM unnest(CAST(:ids AS bigint[]), CAST(:leases AS integer[])) AS held (id, lease)
WHERE message.id = held.id AND message.lease = held.lease AND message.status = 'sending'
  AND NOT EXISTS (SELECT FROM attempt WHERE message_id = message.id AND attempt.lease = message.lease)

-- name: deliver_here
-- why: in-app, toast and sandbox need no provider: composed and settled in the transaction of the claim, exactly once
UPDATE message
SET status = 'sent', reason = NULL, detail = NULL, leased_until = NULL, sent_at = :now,
    subject = :subject, body_text = :body_text, body_html = :body_html,
    to_address = COALESCE(:to_address, to_address), wording_version_id = :wording_version_id,
    provider_id = :provider_id, dunning_on = COALESCE(:dunning_on, dunning_on)
WHERE id = :id AND lease = :lease AND status = 'sending'
RETURNING id

-- name: lapsed
-- why: without an attempt it was never handed off; with an open one nobody knows
SELECT message.id, message.lease, message.channel, attempt.id AS attempt_id,
       (SELECT count(*) FROM attempt AS a WHERE a.message_id = message.id AND (a.outcome = 'unknown' OR a.id = attempt.id)) AS unknown
FROM message
LEFT JOIN attempt ON attempt.message_id = message.id AND attempt.lease = message.lease AND attempt.finished_at IS NULL
WHERE message.status = 'sending' AND message.leased_until <= :now
ORDER BY message.id
LIMIT :most
FOR UPDATE OF message SKIP LOCKED

-- name: unknown_attempts
-- why: an email in doubt is sent once more under the same Message-ID, never twice more
SELECT count(*) AS unknown FROM attempt WHERE message_id = :id AND outcome = 'unknown'

-- name: release_held
-- why: what was held for something that has passed goes on by itself
UPDATE message
SET status = 'queued', reason = NULL, detail = NULL, age_from = :now, try_after = :now
FROM event
LEFT JOIN artwork ON event.subject_table = 'artwork' AND artwork.id = event.subject_id
LEFT JOIN job ON job.id = COALESCE(artwork.job_id, CASE event.subject_table WHEN 'job' THEN event.subject_id END)
WHERE message.status = 'held' AND message.reason IN ('no_proof', 'job_paused', 'customer_paused', 'disputed', 'payment_pending')
  AND event.id = message.event_id
  AND (message.reason = 'no_proof' AND EXISTS (SELECT FROM artwork AS proof WHERE proof.job_id = job.id)
       OR message.reason = 'job_paused' AND NOT job.messages_paused AND job.status <> 'on_hold'
       OR message.reason = 'disputed' AND EXISTS (
           SELECT FROM invoice WHERE event.subject_table = 'invoice' AND invoice.id = event.subject_id AND NOT disputed)
       OR message.reason = 'payment_pending' AND EXISTS (
           SELECT FROM invoice WHERE event.subject_table = 'invoice' AND invoice.id = event.subject_id
              AND payment_pending_at IS NULL)
       OR message.reason = 'customer_paused' AND EXISTS (
           SELECT FROM customer WHERE customer.id = message.customer_id
              AND COALESCE(customer.messages_paused_until, '-infinity') <= :now))

-- name: policy_refusals
-- why: three recipients refused for reasons that are about us mean that the channel is at fault; these are the others
SELECT count(DISTINCT message.to_address) AS recipients
FROM attempt JOIN message ON message.id = attempt.message_id
WHERE message.channel = :channel AND attempt.outcome = 'refused' AND attempt.detail LIKE 'policy: %'
  AND message.to_address <> (SELECT to_address FROM message WHERE id = :id)
  AND attempt.finished_at > CAST(:now AS timestamptz) - interval '10 minutes'

-- name: fault
-- why: the channel stops and its messages stay as they are; the first of an outage is told to admins
INSERT INTO connection (provider, last_error, failing_since, probes, probe_at)
VALUES (:provider, :error, :now, 0, CAST(:now AS timestamptz) + interval '1 minute')
ON CONFLICT (provider) DO UPDATE
SET last_error = EXCLUDED.last_error,
    failing_since = COALESCE(connection.failing_since, EXCLUDED.failing_since),
    probe_at = GREATEST(connection.probe_at, CASE WHEN connection.failing_since IS NULL THEN EXCLUDED.probe_at END)
RETURNING failing_since

-- name: take_probe
-- why: one message tries a channel that failed, at 1, 5 and then every 15 minutes; without one no turn is used up
UPDATE connection
SET probes = probes + 1,
    probe_at = CAST(:now AS timestamptz) + CASE probes WHEN 0 THEN interval '4 minutes' ELSE interval '15 minutes' END
WHERE provider = :provider AND last_error IS NOT NULL AND probe_at <= :now
  AND EXISTS (SELECT FROM message
              WHERE status = 'queued' AND channel = :channel AND COALESCE(try_after, send_after) <= :now)
RETURNING provider

-- name: probe_now
-- why: a run by hand starts with a try, whatever the schedule says
UPDATE connection SET probe_at = :now WHERE last_error IS NOT NULL

-- name: works
-- why: it drains by itself, and the time that the channel was down does not make its messages late
WITH was AS (
    SELECT provider, failing_since FROM connection
    WHERE provider = :provider AND (last_error IS NOT NULL OR verified_at IS NULL)
    FOR UPDATE
)
UPDATE connection
SET last_error = NULL, failing_since = NULL, probes = 0, probe_at = NULL, verified_at = :now
FROM was
WHERE connection.provider = was.provider
RETURNING was.failing_since

-- name: not_late
-- why: what waits is younger by the time for which its channel was down
UPDATE message
SET age_from = COALESCE(age_from, send_after)
               + (CAST(:now AS timestamptz) - GREATEST(CAST(:since AS timestamptz), COALESCE(age_from, send_after)))
WHERE status = 'queued' AND channel = :channel AND GREATEST(:since, COALESCE(age_from, send_after)) < :now

-- name: not_late_for_pause
-- why: nor is it late for a pause of all sending; counted a quarter of an hour at a time, so that the writes stay few
WITH pause AS (
    SELECT paused_counted_until AS since FROM shop
    WHERE paused_counted_until > CAST(:now AS timestamptz)
       OR paused_counted_until IS NOT NULL
          AND (NOT sending_paused OR paused_counted_until < CAST(:now AS timestamptz) - interval '15 minutes')
    FOR UPDATE
), counted AS (
    UPDATE shop SET paused_counted_until = CASE WHEN sending_paused THEN CAST(:now AS timestamptz) END FROM pause
)
UPDATE message
SET age_from = COALESCE(age_from, send_after)
               + (CAST(:now AS timestamptz) - GREATEST(pause.since, COALESCE(age_from, send_after)))
FROM pause
WHERE message.status = 'queued' AND message.channel IN ('email', 'sms')
  AND GREATEST(pause.since, COALESCE(age_from, send_after)) < :now

-- name: waiting_on
-- why: a person looking at the queue is told how much waits for which channel
SELECT count(*) AS waiting FROM message WHERE status = 'queued' AND channel = :channel

-- name: due
-- why: a sender turns to a channel only if something waits on it, and knows how it stands; alone in its own transaction,
-- as `work` is
SELECT asked.channel, shop.sending_paused, shop.delivery_mode, shop.fingerprint, shop.paused_counted_until,
       clock_timestamp() AS now, connection.last_error, connection.failing_since, connection.probe_at,
       connection.provider IS NULL OR connection.verified_at IS NOT NULL AS verified
FROM unnest(CAST(:channels AS text[]), CAST(:providers AS text[])) AS asked (channel, provider)
CROSS JOIN (SELECT * FROM shop LIMIT 1) AS shop
LEFT JOIN connection ON connection.provider = asked.provider
WHERE EXISTS (SELECT FROM message
              WHERE status = 'queued' AND message.channel = asked.channel
                AND COALESCE(try_after, send_after) <= COALESCE(CAST(:now AS timestamptz), now()))

-- name: work
-- why: one cheap look at each ring and each second by one thread, so that of the others as many sleep as are not needed;
-- a transaction of its own, so now() is the present, and unlike clock_timestamp() an index can be asked for it
SELECT EXISTS (SELECT FROM event
               WHERE handled_at IS NULL AND (try_after IS NULL OR try_after <= now())) AS to_decide,
       (SELECT sum(waiting.count)
        FROM unnest(CAST(:channels AS text[])) AS asked (channel),
             LATERAL (SELECT count(*) FROM (
                 SELECT FROM message
                 WHERE status = 'queued' AND message.channel = asked.channel AND COALESCE(try_after, send_after) <= now()
                 LIMIT :senders) AS due) AS waiting) AS to_send

-- name: ahead
-- why: of a customer's waiting reminders the highest goes, and of equals the one that was due first
SELECT message.id
FROM message
JOIN event ON event.id = message.event_id
JOIN invoice ON event.subject_table = 'invoice' AND invoice.id = event.subject_id
WHERE message.customer_id = :customer_id AND message.id <> :id AND message.status IN ('queued', 'sending')
  AND COALESCE(message.try_after, message.send_after) <= :now
  AND invoice.status = 'sent' AND invoice.amount_paid_cents < invoice.total_cents
  AND CAST(invoice.due_date AS text) = event.payload ->> 'due_date'
  AND NOT invoice.disputed AND invoice.payment_pending_at IS NULL
  AND COALESCE(invoice.reminders_paused_until, '-infinity') <= :now
  AND (array_position(CAST(:ladder AS text[]), message.rule_key) > array_position(CAST(:ladder AS text[]), :rule_key)
       OR message.rule_key = :rule_key AND (invoice.due_date, message.id) < (:due_date, :id))
LIMIT 1

-- name: one_at_a_time
-- why: whoever looks at a customer's reminder sees what another sender has just done with their others
SELECT pg_advisory_xact_lock(hashtextextended('inkbell reminders ' || customer, 0))
FROM (SELECT DISTINCT unnest(CAST(:customer_ids AS bigint[])) AS customer ORDER BY customer) AS customers

-- name: overtook
-- why: one that was due when another of the day went out was named in that one, although neither sender saw it waiting
SELECT id, status
FROM message
WHERE customer_id = :customer_id AND id <> :id AND rule_key = ANY(:covered) AND dunning_on = :today
  AND (status = 'sending' OR status IN ('sent', 'delivered', 'unknown')
       AND COALESCE(sent_at, :now) >= CAST(:due_since AS timestamptz))
LIMIT 1

-- name: cover
-- why: the reminder that went out names every overdue invoice, so the others have nothing left to say; one that another
-- sender holds is left to that sender, who then sees this one
UPDATE message
SET status = 'cancelled', reason = 'covered', detail = 'message ' || :id
WHERE id IN (
    SELECT message.id
    FROM message
    JOIN event ON event.id = message.event_id
    JOIN invoice ON event.subject_table = 'invoice' AND invoice.id = event.subject_id
    WHERE message.customer_id = :customer_id AND message.id <> :id AND message.status = 'queued'
      AND message.rule_key = ANY(:covered)
      AND NOT invoice.disputed AND invoice.payment_pending_at IS NULL
      AND COALESCE(invoice.reminders_paused_until, '-infinity') <= :now
    FOR UPDATE OF message SKIP LOCKED)
