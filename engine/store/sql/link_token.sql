-- name: renew_customer
-- why: the old link is dead at once, as nothing remembers it
UPDATE customer SET portal_token = DEFAULT WHERE id = :id RETURNING id

-- name: renew_artwork
-- why: the old link is dead at once, as nothing remembers it
UPDATE artwork SET review_token = DEFAULT WHERE id = :id RETURNING id

-- name: renew_invoice
-- why: the old link is dead at once, as nothing remembers it
UPDATE invoice SET pay_token = DEFAULT WHERE id = :id RETURNING id

-- name: record
-- why: who ended a link is told apart from a link that never worked; the tokens themselves are in no log
INSERT INTO audit_entry (created_at, actor, action, subject)
VALUES (:now, :actor, 'link renewed', :kind || ':' || CAST(:id AS text))
