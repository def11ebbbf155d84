-- name: suppress
-- why: the one place that decides whether an address is written to; a bounce never weakens a wish for silence
INSERT INTO suppression (channel, address, reason, since, note)
VALUES (:channel, :address, :reason, :now, :note)
ON CONFLICT (channel, address) DO UPDATE
SET reason = CASE WHEN suppression.lifted_at IS NULL AND suppression.reason = 'opted_out'
                  THEN 'opted_out' ELSE EXCLUDED.reason END,
    since = CASE WHEN suppression.lifted_at IS NULL THEN suppression.since ELSE EXCLUDED.since END,
    note = EXCLUDED.note, lifted_at = NULL

-- name: held
-- why: read under a lock, so that the audit entry says what the row was just before
SELECT reason, since, note, lifted_at FROM suppression
WHERE channel = :channel AND address IN (:address, forgotten_address(:address))
ORDER BY lifted_at IS NULL DESC, address
LIMIT 1
FOR UPDATE

-- name: lift
-- why: the row stays as the memory of it, and a later bounce or STOP opens it again
UPDATE suppression SET lifted_at = :now, note = :note
WHERE channel = :channel AND address IN (:address, forgotten_address(:address)) AND lifted_at IS NULL

-- name: standing
-- why: whoever can't be reached, the latest first
SELECT channel, address, reason, since, note FROM suppression
WHERE lifted_at IS NULL AND address NOT LIKE 'sha256:%'
ORDER BY since DESC, id DESC
LIMIT :most

-- name: record
-- why: who silenced or woke an address is never forgotten
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
VALUES (:now, :actor, :action, :subject, :before, :after)
