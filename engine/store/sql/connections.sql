-- name: one
-- Also read when the environment has the credentials: the row then keeps only what the provider said last.
SELECT settings, verified_at, last_error FROM connection WHERE provider = :provider;

-- name: save
-- New settings are unproven, whatever the old ones did.
INSERT INTO connection (provider, settings) VALUES (:provider, :settings)
ON CONFLICT (provider) DO UPDATE SET settings = EXCLUDED.settings, verified_at = NULL, last_error = NULL,
    failing_since = NULL, probes = 0, probe_at = NULL;

-- name: forget
-- The row goes too: its last error belonged to the settings.
DELETE FROM connection WHERE provider = :provider;

-- name: fails
-- Written again only when the words change, as every probe of a broken channel comes here.
INSERT INTO connection (provider, last_error, failing_since, probe_at)
SELECT :provider, :detail, moment, moment + interval '1 minute'
FROM COALESCE(CAST(:now AS timestamptz), clock_timestamp()) AS moment
ON CONFLICT (provider) DO UPDATE
SET last_error = EXCLUDED.last_error,
    failing_since = COALESCE(connection.failing_since, EXCLUDED.failing_since),
    probe_at = COALESCE(connection.probe_at, EXCLUDED.probe_at)
WHERE connection.last_error IS DISTINCT FROM EXCLUDED.last_error;

-- name: works
-- Called after every success, so it writes only where something changes.
INSERT INTO connection (provider, verified_at)
VALUES (:provider, COALESCE(CAST(:now AS timestamptz), clock_timestamp()))
ON CONFLICT (provider) DO UPDATE SET verified_at = EXCLUDED.verified_at, last_error = NULL,
    failing_since = NULL, probes = 0, probe_at = NULL
WHERE connection.last_error IS NOT NULL OR connection.verified_at IS NULL;

-- name: audit
-- Secrets are left out before they get here.
INSERT INTO audit_entry (actor, action, subject, before, after)
VALUES (:actor, :action, :subject, :before, :after);

-- name: public_url
-- why: a provider that can reach the shop reports by itself what becomes of what it took
SELECT public_url FROM shop LIMIT 1
