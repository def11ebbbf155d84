-- name: last
-- why: whatever is younger than this was caused by what is being tried
SELECT COALESCE(max(id), 0) AS last FROM event

-- name: since
-- why: the events of this transaction, in order
SELECT id FROM event WHERE id > :last ORDER BY id
