-- name: of_record
-- why: staff hand on the very link that the messages carry; a draft is nobody's yet
SELECT link.kind, link.id, link.token, link.version, shop.public_url
FROM shop, (
    SELECT 'customer' AS kind, id, portal_token AS token, CAST(NULL AS integer) AS version
    FROM customer WHERE :kind = 'customer' AND id = :id
    UNION ALL
    SELECT 'invoice', id, pay_token, NULL FROM invoice WHERE :kind = 'invoice' AND id = :id AND status <> 'draft'
    UNION ALL
    SELECT * FROM (
        SELECT 'artwork', id, review_token, version FROM artwork
        WHERE :kind = 'job' AND job_id = :id ORDER BY version DESC LIMIT 1) AS newest
) AS link

-- name: renew_customer
-- why: the old link is dead at once, as nothing remembers it
UPDATE customer SET portal_token = DEFAULT WHERE id = :id RETURNING id

-- name: renew_artwork
-- why: an older version's link shows the newest, so all of the job's end with it
UPDATE artwork SET review_token = DEFAULT WHERE job_id = (SELECT job_id FROM artwork WHERE id = :id) RETURNING id

-- name: renew_invoice
-- why: the old link is dead at once, as nothing remembers it
UPDATE invoice SET pay_token = DEFAULT WHERE id = :id RETURNING id

-- name: record
-- why: who ended a link is told apart from a link that never worked; the tokens themselves are in no log
INSERT INTO audit_entry (created_at, actor, action, subject)
VALUES (:now, :actor, 'link renewed', :kind || ':' || CAST(:id AS text))
