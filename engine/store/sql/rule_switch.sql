-- name: turn
-- The switch and its audit entry are one statement, so two people who press at once leave one entry.
-- enabled_at stays when a rule goes off: it says since when the rule was last on.
WITH turned AS (
    UPDATE rule_setting SET
        enabled = :enabled,
        enabled_at = CASE WHEN :enabled THEN CAST(:now AS timestamptz) ELSE enabled_at END,
        updated_by = :actor,
        updated_at = :now
    WHERE rule_key = :key AND enabled <> :enabled
    RETURNING rule_key, enabled
)
INSERT INTO audit_entry (actor, action, subject, before, after)
SELECT
    :actor, CASE WHEN enabled THEN 'rule.enabled' ELSE 'rule.disabled' END, 'rule:' || rule_key,
    jsonb_build_object('enabled', NOT enabled), jsonb_build_object('enabled', enabled)
FROM turned
RETURNING id
