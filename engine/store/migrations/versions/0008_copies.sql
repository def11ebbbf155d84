-- Which server and key this database belongs to, as an HMAC; null until the first start. A copy has another's.
ALTER TABLE shop ADD fingerprint text;

-- How a forgotten person's address stays in the suppression list: no longer readable, and still matched.
CREATE FUNCTION forgotten_address(address text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog AS $$
    SELECT 'sha256:' || encode(sha256(convert_to(lower(address), 'UTF8')), 'hex')
$$;
CREATE INDEX suppression_forgotten ON suppression (channel, address) WHERE address LIKE 'sha256:%' AND lifted_at IS NULL;
