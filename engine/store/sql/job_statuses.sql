-- name: all
-- why: the shop's own names and order, which every list follows
SELECT key, label, COALESCE(customer_label, label) AS customer_label, announce, position
FROM job_status ORDER BY position, key

-- name: held
-- why: two people who rename or reorder at once wait for each other
SELECT key, label, customer_label, announce, position FROM job_status ORDER BY position, key FOR UPDATE

-- name: change
-- why: keys never change, for rules and the shop's own system rely on them
UPDATE job_status
SET label = :label, customer_label = :customer_label, announce = :announce
WHERE key = :key

-- name: place
-- why: positions are counted anew, so that no two share one
UPDATE job_status SET position = :position WHERE key = :key AND position <> :position

-- name: record
-- why: customers read these words, so it is kept who changed them
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
VALUES (:now, :actor, 'job_status.changed', 'job_status:' || :key, :before, :after)
