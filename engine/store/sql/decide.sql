-- name: waiting
-- why: one decider at a time, so that joining, covering and counting need no cleverness against races; nothing is read
-- while another is at it. By the partial index on unhandled events, never by "id greater than": ids commit out of order
WITH turn AS MATERIALIZED (
    SELECT COALESCE(CAST(:now AS timestamptz), clock_timestamp()) AS now
    WHERE pg_try_advisory_xact_lock(4711001))
SELECT id, subject_table, subject_id, turn.now
FROM turn, event
WHERE handled_at IS NULL AND (try_after IS NULL OR try_after <= turn.now)
ORDER BY id
LIMIT :most
FOR UPDATE OF event SKIP LOCKED

-- name: lock_waiting
-- why: a message that is being sent has read its numbers already; only one that still waits can take more
SELECT id FROM message WHERE id = :id AND status IN ('queued', 'held') FOR UPDATE

-- name: write
-- why: the unique key is the promise that nothing is said twice, whatever decided it
INSERT INTO message (created_at, event_id, rule_key, channel, customer_id, staff_id, to_address, status, reason, detail,
                     dedupe_key, send_after, rfc_message_id, mode)
SELECT :now, event_id, rule_key, channel, customer_id, staff_id, to_address, status, reason, detail,
       dedupe_key, send_after, rfc_message_id, mode
FROM jsonb_to_recordset(:rows) AS row (
    event_id bigint, rule_key text, channel text, customer_id bigint, staff_id bigint, to_address text, status text,
    reason text, detail text, dedupe_key text, send_after timestamptz, rfc_message_id text, mode text)
ON CONFLICT (dedupe_key) DO NOTHING
RETURNING id, event_id, rule_key, channel, status, reason, customer_id, to_address, dedupe_key

-- name: write_afresh
-- why: one that never left told nobody, so a later event may still say it, under a key of its own
INSERT INTO message (created_at, event_id, rule_key, channel, customer_id, staff_id, to_address, status, reason, detail,
                     dedupe_key, send_after, rfc_message_id, mode)
SELECT :now, :event_id, :rule_key, :channel, :customer_id, :staff_id, :to_address, :status, :reason, :detail,
       CAST(:dedupe_key AS text) || ':afresh:' || CAST(:event_id AS bigint), :send_after, :rfc_message_id, :mode
WHERE NOT EXISTS (
    SELECT FROM message AS said
    WHERE said.customer_id = :customer_id AND said.rule_key = :rule_key
      AND (said.dedupe_key = :dedupe_key OR starts_with(said.dedupe_key, CAST(:dedupe_key AS text) || ':'))
      AND (said.event_id = :event_id OR said.status NOT IN ('skipped', 'cancelled', 'expired', 'failed')
           OR EXISTS (SELECT FROM attempt
                      WHERE message_id = said.id AND COALESCE(outcome, 'unknown') IN ('accepted', 'unknown'))))
ON CONFLICT (dedupe_key) DO NOTHING
RETURNING id, rule_key, channel, status, reason, customer_id, to_address

-- name: handled
-- why: in the same transaction as the messages, so that an event is decided once
UPDATE event SET handled_at = :now, last_error = NULL WHERE id = ANY(:event_ids)

-- name: try_later
-- why: one event that can't be decided never blocks the others
UPDATE event
SET tries = tries + 1,
    try_after = CAST(:now AS timestamptz) + least(interval '1 hour', interval '10 seconds' * power(4, tries)),
    last_error = :error
WHERE id = :event_id
RETURNING tries, type

-- part: keep_stopped
-- why: what stopped them may have been a slip, and whoever undoes it has to know what waited, and how
UPDATE event
SET payload = payload || jsonb_build_object('stopped', (SELECT jsonb_agg(to_jsonb(stopped) ORDER BY id) FROM stopped))
WHERE id = :event_id AND EXISTS (SELECT FROM stopped)

-- name: stop_for_job
-- why: a cancelled job has nothing more to say, one on hold says nothing until it moves on; money is not the job's
WITH waiting AS (
    SELECT id, status, reason, detail FROM message
    WHERE customer_id IS NOT NULL
      AND (status = 'queued' OR :to = 'cancelled' AND status = 'held')
      AND event_id IN (
          SELECT id FROM event
          WHERE id <> :event_id
            AND (subject_table = 'job' AND subject_id = :job_id
                 OR subject_table = 'artwork' AND subject_id = ANY (ARRAY(SELECT id FROM artwork WHERE job_id = :job_id))))
    FOR UPDATE
), stopped AS (
    UPDATE message
    SET status = CASE :to WHEN 'cancelled' THEN 'cancelled' ELSE 'held' END,
        reason = CASE :to WHEN 'cancelled' THEN 'no_longer_true' ELSE 'job_paused' END,
        detail = CASE :to WHEN 'cancelled' THEN 'the job was cancelled' ELSE 'the job is on hold' END
    FROM waiting
    WHERE message.id = waiting.id AND message.status IN ('queued', 'held')
    RETURNING waiting.id, waiting.status, waiting.reason, waiting.detail
)
{{ keep_stopped }} AND :to = 'cancelled'

-- name: stop_reminders
-- why: nobody is chased after paying; this is the transaction that handles the payment
WITH waiting AS (
    SELECT id, status, reason, detail FROM message
    WHERE status IN ('queued', 'held') AND rule_key = ANY(:rule_keys)
      AND event_id IN (SELECT id FROM event WHERE subject_table = 'invoice' AND subject_id = :invoice_id)
    FOR UPDATE
), stopped AS (
    UPDATE message
    SET status = 'cancelled', reason = 'no_longer_true', detail = 'the invoice was paid'
    FROM waiting
    WHERE message.id = waiting.id AND message.status IN ('queued', 'held')
    RETURNING waiting.id, waiting.status, waiting.reason, waiting.detail
)
{{ keep_stopped }}

-- name: stop_repeats
-- why: what waits is written from the invoice as it stands when it leaves, so one that was taken back and sent anew would
-- be sent twice with the same words; the later event has its own time to be taken back
UPDATE message
SET status = 'cancelled', reason = 'covered', detail = 'the invoice was sent anew'
WHERE status IN ('queued', 'held')
  AND event_id IN (
      SELECT id FROM event
      WHERE subject_table = 'invoice' AND subject_id = :invoice_id AND type = 'invoice.sent' AND id < :event_id)

-- name: hold_surge
-- why: a bulk edit is stopped before it becomes thousands of mails; what was released by hand is not held again
WITH recent AS (
    SELECT id, customer_id, created_at
    FROM message
    WHERE rule_key = :rule_key AND customer_id IS NOT NULL
      AND created_at > CAST(:now AS timestamptz) - interval '1 hour'
      AND status NOT IN ('skipped', 'cancelled') AND released_at IS NULL
), crowded AS (
    SELECT customer_id FROM recent GROUP BY customer_id HAVING count(*) > 5
), burst AS (
    SELECT count(*) > :surge_limit AS now
    FROM recent WHERE created_at > CAST(:now AS timestamptz) - interval '10 minutes'
)
UPDATE message
SET status = 'held', reason = 'surge'
FROM recent, burst
WHERE message.id = recent.id AND message.status = 'queued'
  AND (burst.now AND recent.created_at > CAST(:now AS timestamptz) - interval '10 minutes'
       OR recent.customer_id IN (SELECT customer_id FROM crowded))
RETURNING message.id
