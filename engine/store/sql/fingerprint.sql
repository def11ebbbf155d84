-- name: stored
-- why: one small row, read at every claim
SELECT fingerprint FROM shop LIMIT 1

-- name: mark
-- why: a database without one is new, one with a retired key of ours is ours; any other is a copy and stays one
UPDATE shop SET fingerprint = :newest
WHERE fingerprint IS NULL OR fingerprint = ANY(CAST(:older AS text[]))

-- name: adopt
-- why: from here on the copy is a shop of its own
UPDATE shop SET fingerprint = :newest

-- name: record
-- why: who let a copy write to customers is never forgotten
INSERT INTO audit_entry (created_at, actor, action, subject) VALUES (:now, :actor, 'copy.adopted', 'shop')
