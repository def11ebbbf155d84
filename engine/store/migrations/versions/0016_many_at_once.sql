-- Many rows at once. Postgres plans a trigger's statement on a connection's first change and keeps that plan; made for
-- one row it joined `fresh` and `stale` by comparing each with each, and the next ten thousand took a minute instead of
-- half a second. A hash join is as good for one; a session may have turned it off, as Inkbell's own do.
ALTER FUNCTION capture_shipment_update() SET enable_hashjoin = on SET enable_nestloop = off;
ALTER FUNCTION capture_artwork_update() SET enable_hashjoin = on SET enable_nestloop = off;
ALTER FUNCTION watch_invoice_update() SET enable_hashjoin = on SET enable_nestloop = off;
ALTER FUNCTION lift_customer_bounces() SET enable_hashjoin = on SET enable_nestloop = off;

CREATE OR REPLACE FUNCTION capture_job_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = on SET enable_nestloop = off AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT 'job.status_changed', 'job', fresh.id,
           jsonb_object(ARRAY['from', stale.status, 'to', fresh.status]) || said
    FROM fresh JOIN stale USING (id), writer_says() AS said
    WHERE fresh.status <> stale.status
    ORDER BY fresh.id;
    RETURN NULL;
END $$;

-- Asks what the writer said once, not for every row.
CREATE OR REPLACE FUNCTION capture_invoice_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = on SET enable_nestloop = off AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT happened.type, 'invoice', fresh.id, said
    FROM fresh JOIN stale USING (id), writer_says() AS said, LATERAL (VALUES
        (1, 'invoice.sent', fresh.status = 'sent' AND stale.status <> 'sent'),
        (2, 'invoice.paid', fresh.status = 'paid' AND stale.status <> 'paid'),
        (3, 'invoice.payment_link_requested', fresh.payment_link_requested_at IS NOT NULL
            AND fresh.payment_link_requested_at IS DISTINCT FROM stale.payment_link_requested_at)
    ) AS happened (place, type, holds)
    WHERE happened.holds
    ORDER BY fresh.id, happened.place;
    RETURN NULL;
END $$;

-- Most jobs have no contact of their own: without one there was no address that could be given up.
CREATE OR REPLACE FUNCTION lift_job_bounces() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = on SET enable_nestloop = off AS $$
DECLARE
    given_up text[];
BEGIN
    SELECT array_agg(DISTINCT lower(trim(stale.contact_email))) INTO given_up
    FROM fresh JOIN stale USING (id)
    WHERE stale.contact_email IS NOT NULL AND stale.contact_email IS DISTINCT FROM fresh.contact_email;
    IF given_up IS NOT NULL THEN
        PERFORM lift_bounces(given_up);
    END IF;
    RETURN NULL;
END $$;

-- Called for every row, and a function with a setting of its own costs twice as much to call. CURRENT_TIMESTAMP is a
-- word of the language, which no search_path leads elsewhere.
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := CURRENT_TIMESTAMP;
    RETURN NEW;
END $$;

-- Every statement that asks for a subject names both; a number tells more apart than the name of a table.
DROP INDEX event_subject;
CREATE INDEX event_subject ON event (subject_id, subject_table, id);
