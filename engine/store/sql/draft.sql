-- name: load
-- why: the id of the version that was being edited, by which saving notices a colleague's
SELECT draft.subject, draft.preheader, draft.body, draft.updated_at, version.id AS based_on
FROM wording_draft AS draft
LEFT JOIN wording_version AS version
    ON version.rule_key = draft.rule_key AND version.version = draft.based_on_version
WHERE draft.rule_key = :rule_key AND draft.staff_id = :staff_id

-- name: keep
-- why: one draft per person and rule; the last pause in typing wins
INSERT INTO wording_draft (rule_key, staff_id, subject, preheader, body, based_on_version, updated_at)
VALUES (:rule_key, :staff_id, :subject, :preheader, :body,
        (SELECT version FROM wording_version WHERE id = :based_on AND rule_key = :rule_key), now())
ON CONFLICT (rule_key, staff_id) DO UPDATE
SET subject = EXCLUDED.subject, preheader = EXCLUDED.preheader, body = EXCLUDED.body,
    based_on_version = EXCLUDED.based_on_version, updated_at = EXCLUDED.updated_at

-- name: forget
-- why: saved or thrown away, it would only come back to confuse
DELETE FROM wording_draft WHERE rule_key = :rule_key AND staff_id = :staff_id

-- name: mine
-- why: which wordings this person has begun and not finished
SELECT rule_key FROM wording_draft WHERE staff_id = :staff_id

-- name: customised
-- why: which rules say the shop's own words, and what default those words began with
SELECT setting.rule_key, version.version, version.default_hash
FROM rule_setting AS setting
JOIN wording_version AS version ON version.id = setting.active_version_id

-- name: versions
-- why: the newest first, with the author's name for whom there still is one
SELECT version.id, version.version, version.subject, version.preheader, version.body, version.note,
       version.created_at, version.default_hash, COALESCE(staff.name, version.created_by) AS author
FROM wording_version AS version
LEFT JOIN staff ON version.created_by = 'staff:' || staff.id
WHERE version.rule_key = :rule_key
ORDER BY version.version DESC
LIMIT :most
