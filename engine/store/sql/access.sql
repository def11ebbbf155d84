-- name: active
-- why: somebody who was deactivated is out at their next click
SELECT id, name, role, email FROM staff WHERE id = :id AND active

-- name: held
-- why: a role taken away while a write is under way waits for that write, or stops it
SELECT id, name, role, email FROM staff WHERE id = :id AND active FOR SHARE

-- name: an_admin
-- why: without one nobody could add the first
SELECT id FROM staff WHERE role = 'admin' AND active LIMIT 1

-- name: by_email
-- why: read at every page, so a changed role, address or account counts at once
SELECT id, name, role, email, oidc_issuer, oidc_subject FROM staff WHERE email = :email AND active

-- name: tie
-- why: only the first sign-in writes, and of two at once only one; an account opens one row
UPDATE staff
SET oidc_issuer = :issuer, oidc_subject = :subject
WHERE id = :id
  AND active
  AND oidc_subject IS NULL
  AND NOT EXISTS (SELECT FROM staff AS other WHERE other.oidc_issuer = :issuer AND other.oidc_subject = :subject)
RETURNING id
