-- When Twilio is next asked what became of a text: its delivery while it is `sent`, whether it left at all while it is
-- `unknown`. Null: nothing is left to ask.
ALTER TABLE message ADD follow_at timestamptz;
CREATE INDEX message_follow ON message (status, follow_at) WHERE follow_at IS NOT NULL;
UPDATE message
SET follow_at = CASE status WHEN 'sent' THEN sent_at + interval '1 minute' ELSE now() END
WHERE channel = 'sms' AND (status = 'unknown' OR status = 'sent' AND provider_id NOT LIKE 'sandbox:%');

-- What the provider was given: in redirect mode the shop's own address, while the message keeps the true one.
ALTER TABLE attempt ADD to_address text;

-- Correcting an address gives it another chance, for whoever corrects it has looked at it: a bounce is lifted once no
-- record names the address any more, so that the way back is open too. Someone who asked for silence keeps it, whatever
-- is edited. The tables are searched only for an address that was changed and is suppressed, which is rare.
CREATE FUNCTION lift_bounces(given_up text[]) RETURNS void LANGUAGE sql AS $$
    UPDATE suppression
    SET lifted_at = now()
    WHERE channel = 'email' AND reason = 'bounced' AND lifted_at IS NULL AND address = ANY (given_up)
      AND NOT EXISTS (
          SELECT FROM customer
          WHERE suppression.address IN (lower(trim(email)), lower(trim(billing_email)))
             OR EXISTS (SELECT FROM unnest(cc_emails) AS copy WHERE lower(trim(copy)) = suppression.address))
      AND NOT EXISTS (SELECT FROM job WHERE lower(trim(contact_email)) = suppression.address)
$$;

CREATE FUNCTION lift_customer_bounces() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given_up text[];
BEGIN
    SELECT array_agg(DISTINCT lower(trim(was))) INTO given_up
    FROM fresh JOIN stale USING (id),
         unnest(stale.cc_emails || ARRAY[stale.email, stale.billing_email]) AS was
    WHERE (stale.email, stale.billing_email, stale.cc_emails)
          IS DISTINCT FROM (fresh.email, fresh.billing_email, fresh.cc_emails);
    IF given_up IS NOT NULL THEN
        PERFORM lift_bounces(given_up);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER lift_bounces AFTER UPDATE ON customer
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION lift_customer_bounces();

CREATE FUNCTION lift_job_bounces() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given_up text[];
BEGIN
    SELECT array_agg(DISTINCT lower(trim(stale.contact_email))) INTO given_up
    FROM fresh JOIN stale USING (id)
    WHERE stale.contact_email IS DISTINCT FROM fresh.contact_email;
    IF given_up IS NOT NULL THEN
        PERFORM lift_bounces(given_up);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER lift_bounces AFTER UPDATE ON job
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION lift_job_bounces();
