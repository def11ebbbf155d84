-- name: messages
-- why: a batch by key, each row read once; nothing that may still change is touched, and rows and keys stay for ever
WITH old AS (
    SELECT id FROM message
    WHERE id > :after AND status IN ('sent', 'delivered', 'failed', 'skipped', 'cancelled', 'expired')
      AND GREATEST(created_at, send_after, sent_at, delivered_at) < :before
      AND (follow_at IS NULL OR follow_at < :before)
      AND (num_nonnulls(subject, body_text, body_html, to_address) > 0
           OR detail IS NOT NULL AND reason IS DISTINCT FROM 'covered'
           OR EXISTS (SELECT FROM attempt WHERE attempt.message_id = message.id))
    ORDER BY id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
), emptied AS (
    UPDATE message
    SET subject = NULL, body_text = NULL, body_html = NULL, to_address = NULL, follow_at = NULL,
        detail = CASE WHEN reason = 'covered' THEN detail END
    WHERE id IN (SELECT id FROM old)
), dropped AS (
    DELETE FROM attempt WHERE message_id IN (SELECT id FROM old) RETURNING 1
)
SELECT (SELECT max(id) FROM old) AS last, (SELECT count(*) FROM old) AS messages,
       (SELECT count(*) FROM dropped) AS attempts

-- name: events
-- why: an event keeps its payload as long as any message of it may still go
WITH old AS (
    SELECT id FROM event
    WHERE id > :after AND handled_at < :before AND occurred_at < :before AND payload <> '{}'
      AND NOT EXISTS (SELECT FROM message
                      WHERE message.event_id = event.id AND (message.status IN ('queued', 'held', 'sending', 'unknown')
                            OR GREATEST(message.created_at, message.send_after, message.sent_at) >= :before))
    ORDER BY id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
), emptied AS (
    UPDATE event SET payload = '{}', last_error = NULL WHERE id IN (SELECT id FROM old)
)
SELECT (SELECT max(id) FROM old) AS last, (SELECT count(*) FROM old) AS events

-- name: texts
-- why: the sid stays, so that a repetition of it has no effect
WITH old AS (
    SELECT id FROM inbound_text
    WHERE id > :after AND created_at < :before AND body IS NOT NULL
    ORDER BY id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
), emptied AS (
    UPDATE inbound_text SET body = NULL WHERE id IN (SELECT id FROM old)
)
SELECT (SELECT max(id) FROM old) AS last, (SELECT count(*) FROM old) AS texts

-- name: record
-- why: what is missing from the ledger was taken out on purpose, by somebody
INSERT INTO audit_entry (created_at, actor, action, subject, after) VALUES (:now, :actor, 'ledger pruned', 'message', :after)
