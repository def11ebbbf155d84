-- name: admins
-- The lock keeps two changes at once from each counting on the other's admin.
SELECT email FROM staff WHERE role = 'admin' AND active ORDER BY id FOR UPDATE

-- name: known
-- Who they were until now, for the audit entry.
SELECT name, role, active FROM staff WHERE email = :email FOR UPDATE

-- name: put
-- Somebody who left and comes back is the same row, so their history stays theirs; their account may be another one.
INSERT INTO staff (name, email, role) VALUES (:name, :email, :role)
ON CONFLICT (email) DO UPDATE
SET name = excluded.name, role = excluded.role, active = true,
    oidc_issuer = CASE WHEN staff.active THEN staff.oidc_issuer END,
    oidc_subject = CASE WHEN staff.active THEN staff.oidc_subject END
RETURNING id

-- name: record
-- A change of who may do what is never silent.
INSERT INTO audit_entry (actor, action, subject, before, after)
VALUES (:actor, :action, :subject, :before, :after)

-- name: everybody
-- Those who left stay in sight: they can come back, and the history names them.
SELECT id, name, email, role, active FROM staff ORDER BY active DESC, name, id

-- name: leaving
-- Held, so that a change of their role waits for it.
SELECT id, name, email, role FROM staff WHERE id = :id AND active FOR UPDATE

-- name: leave
-- The row stays: messages, jobs and the history point at it.
UPDATE staff SET active = false WHERE id = :id
