-- name: alone
-- Two processes that migrate at once: the second waits here, then finds nothing to do.
SELECT pg_advisory_xact_lock(hashtextextended('inkbell migrate', 0));

-- name: has_versions
-- A database that was never migrated has no table to ask.
SELECT to_regclass('alembic_version') IS NOT NULL AS present;

-- name: versions
-- One row, unless branches were merged by hand.
SELECT version_num FROM alembic_version;

-- name: shop
-- A usable empty shop has its one row from the start.
INSERT INTO shop (name) SELECT 'Our shop' WHERE NOT EXISTS (SELECT FROM shop);

-- name: job_status
-- Labels belong to the shop once they are there.
INSERT INTO job_status (key, label, position, customer_label, announce)
VALUES (:key, :label, :position, :customer_label, :announce)
ON CONFLICT (key) DO NOTHING;

-- name: rule_setting
-- A rule that a later version brings starts at its default, and only for what happens from then on.
INSERT INTO rule_setting (rule_key, enabled, enabled_at, options)
VALUES (:key, :enabled, now(), :options)
ON CONFLICT (rule_key) DO NOTHING;
