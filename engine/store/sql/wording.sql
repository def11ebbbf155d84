-- name: active
-- No row while the shop uses the shipped default.
SELECT version.id, version.version, version.subject, version.preheader, version.body
FROM rule_setting AS setting
JOIN wording_version AS version ON version.id = setting.active_version_id AND version.rule_key = setting.rule_key
WHERE setting.rule_key = :rule_key;

-- name: version
-- One version's text, for restoring and comparing.
SELECT id, version, subject, preheader, body
FROM wording_version
WHERE rule_key = :rule_key AND version = :version;

-- name: by_id
-- The text that a draft began with.
SELECT subject, preheader, body FROM wording_version WHERE rule_key = :rule_key AND id = :id;

-- name: lock
-- Savers of one rule take turns, so version numbers have neither gap nor double.
SELECT rule_key FROM rule_setting WHERE rule_key = :rule_key FOR UPDATE;

-- name: add
-- Versions are only ever added; the number counts per rule. A version made from another began with its default.
INSERT INTO wording_version (rule_key, version, subject, preheader, body, default_hash, note, created_by)
SELECT :rule_key, coalesce(max(version), 0) + 1, :subject, :preheader, :body,
       coalesce(max(default_hash) FILTER (WHERE id = CAST(:made_from AS bigint)), :default_hash), :note, :actor
FROM wording_version
WHERE rule_key = :rule_key
RETURNING id, version;

-- name: put_in_force
-- A null version means the shipped default.
UPDATE rule_setting
SET active_version_id = :version_id, updated_by = :actor, updated_at = now()
WHERE rule_key = :rule_key;

-- name: audit
-- Who changed which wording, and from what.
INSERT INTO audit_entry (actor, action, subject, before, after)
VALUES (:actor, :action, :subject, :before, :after);
