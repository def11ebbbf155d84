-- name: held_for
-- why: some reasons are an admin's to overrule; read under the lock that the release then writes with
SELECT DISTINCT reason FROM (
    SELECT reason FROM message WHERE id = ANY (CAST(:ids AS bigint[])) AND status = 'held' ORDER BY id FOR UPDATE
) AS held

-- name: switched_off
-- why: released, what such a rule has to say is stopped by its last look, and for good
SELECT DISTINCT rule_key FROM message JOIN rule_setting USING (rule_key)
WHERE message.id = ANY (CAST(:ids AS bigint[])) AND message.status = 'held' AND NOT rule_setting.enabled
ORDER BY rule_key

-- name: release
-- why: only what is still held moves; a message kept back by a safer mode goes out in the present one
WITH was AS (
    SELECT id, reason FROM message
    WHERE id = ANY (CAST(:ids AS bigint[])) AND status = 'held'
    ORDER BY id FOR UPDATE
), released AS (
    UPDATE message
    SET status = 'queued', reason = NULL, detail = 'released', age_from = :now, released_at = :now,
        try_after = GREATEST(message.send_after, CAST(:now AS timestamptz)),
        mode = CASE WHEN was.reason = 'sandboxed' THEN :mode ELSE message.mode END
    FROM was
    WHERE message.id = was.id
    RETURNING message.id, was.reason
), noted AS (
    INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
    SELECT :now, :actor, 'message.released', 'message:' || id,
           jsonb_build_object('status', 'held', 'reason', reason), jsonb_build_object('status', 'queued')
    FROM released
)
SELECT id FROM released

-- name: discard
-- why: what waits is taken back for good; what is being handed over at this moment is out of reach
WITH was AS (
    SELECT id, status, reason FROM message
    WHERE id = ANY (CAST(:ids AS bigint[])) AND status IN ('queued', 'held')
    ORDER BY id FOR UPDATE
), discarded AS (
    UPDATE message SET status = 'cancelled', reason = 'discarded', detail = NULL
    FROM was
    WHERE message.id = was.id
    RETURNING message.id, was.status, was.reason
), noted AS (
    INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
    SELECT :now, :actor, 'message.discarded', 'message:' || id,
           jsonb_build_object('status', status, 'reason', reason), jsonb_build_object('status', 'cancelled')
    FROM discarded
)
SELECT id FROM discarded

-- name: put_aside
-- why: a failure stays one for ever, but it need not be looked at twice
WITH aside AS (
    UPDATE message SET read_at = :now
    WHERE id = ANY (CAST(:ids AS bigint[])) AND status IN ('failed', 'unknown') AND read_at IS NULL
    RETURNING id, status
), noted AS (
    INSERT INTO audit_entry (created_at, actor, action, subject, after)
    SELECT :now, :actor, 'message.put_aside', 'message:' || id, jsonb_build_object('status', status) FROM aside
)
SELECT id FROM aside

-- name: known
-- why: what is sent again is the row as it stands, as if it were claimed; repeats of one message queue up on its lock
SELECT message.id, message.event_id, message.rule_key, message.channel, message.customer_id, message.staff_id,
       message.to_address, message.status, message.send_after, message.dedupe_key,
       COALESCE(message.resend_of, message.id) AS first_id,
       EXISTS (SELECT FROM message AS again
               WHERE again.resend_of = COALESCE(message.resend_of, message.id)
                 AND again.status IN ('queued', 'sending', 'held')) AS on_its_way
FROM message
WHERE message.id = ANY (CAST(:ids AS bigint[]))
ORDER BY message.id DESC

-- name: hold_first
-- why: two people who press at once queue up here, and the second is told
SELECT id FROM message WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE

-- name: again
-- why: a new row under a key of its own; the old one keeps its status and what it said. A person wants it to go, so it
-- is no part of a surge
INSERT INTO message (created_at, event_id, rule_key, channel, customer_id, staff_id, to_address, status, dedupe_key,
                     send_after, rfc_message_id, mode, resend_of, released_at)
SELECT :now, first.event_id, first.rule_key, first.channel, first.customer_id, first.staff_id, :to, 'queued',
       first.dedupe_key || ':again:' || (SELECT count(*) + 1 FROM message WHERE resend_of = first.id),
       :now,
       CASE first.channel WHEN 'email' THEN
           '<' || :random || '@' || COALESCE(rtrim(split_part(first.rfc_message_id, '@', 2), '>'), 'inkbell.invalid') || '>'
       END,
       :mode, first.id, :now
FROM message AS first
WHERE first.id = :first_id
RETURNING id

-- name: note_again
-- why: on the old message, where somebody looks for what became of it
INSERT INTO audit_entry (created_at, actor, action, subject, after)
VALUES (:now, :actor, 'message.sent_again', 'message:' || :id, jsonb_build_object('message_id', CAST(:again AS bigint)))

-- name: ring
-- why: the sidecar sleeps; this wakes it when the transaction commits
SELECT pg_notify('inkbell', '')

-- name: note_export
-- why: addresses left the program; who took them stays known
INSERT INTO audit_entry (created_at, actor, action, subject, after)
VALUES (:now, :actor, 'messages.exported', 'messages', jsonb_build_object('count', CAST(:count AS bigint)))
