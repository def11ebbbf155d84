-- Capture: what happened to the shop's records, written in the writer's own transaction.
-- Statement-level, because a row trigger makes a bulk update more than twice as slow. SECURITY DEFINER with a fixed
-- search_path, so that a writer needs no right on `event` and cannot put tables of its own in front.
-- Postgres allows neither column lists nor two events where there are transition tables: hence one trigger for each.

-- What the writer said about itself with SET LOCAL; after a commit Postgres leaves such a setting as ''.
CREATE FUNCTION writer_says() RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'quiet', NULLIF(current_setting('inkbell.quiet', true), ''),
        'actor', NULLIF(current_setting('inkbell.actor', true), '')
    ))
$$;

CREATE FUNCTION capture_job_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT 'order.received', 'job', id, writer_says() FROM fresh WHERE source = 'customer' ORDER BY id;
    RETURN NULL;
END $$;

CREATE FUNCTION capture_job_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT 'job.status_changed', 'job', fresh.id,
           jsonb_build_object('from', stale.status, 'to', fresh.status) || said
    FROM fresh JOIN stale USING (id), writer_says() AS said
    WHERE fresh.status <> stale.status
    ORDER BY fresh.id;
    RETURN NULL;
END $$;

CREATE FUNCTION capture_shipment_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT 'job.tracking_added', 'job', job_id,
           jsonb_build_object('shipment_ids', jsonb_agg(id ORDER BY id)) || writer_says()
    FROM fresh
    GROUP BY job_id
    ORDER BY job_id;
    RETURN NULL;
END $$;

CREATE FUNCTION capture_shipment_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT 'job.tracking_added', 'job', fresh.job_id,
           jsonb_build_object('shipment_ids', jsonb_agg(fresh.id ORDER BY fresh.id)) || writer_says()
    FROM fresh JOIN stale USING (id)
    WHERE fresh.tracking_number <> stale.tracking_number
    GROUP BY fresh.job_id
    ORDER BY fresh.job_id;
    RETURN NULL;
END $$;

CREATE FUNCTION capture_artwork_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT CASE fresh.status WHEN 'sent' THEN 'artwork.resubmitted' ELSE 'artwork.declined' END,
           'artwork', fresh.id, jsonb_build_object('version', fresh.version) || writer_says()
    FROM fresh
    WHERE fresh.status = 'declined' OR fresh.status = 'sent' AND EXISTS (
        SELECT FROM artwork AS earlier WHERE earlier.job_id = fresh.job_id AND earlier.version < fresh.version
    )
    ORDER BY fresh.id;
    RETURN NULL;
END $$;

CREATE FUNCTION capture_artwork_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT CASE fresh.status WHEN 'sent' THEN 'artwork.resubmitted' ELSE 'artwork.declined' END,
           'artwork', fresh.id, jsonb_build_object('version', fresh.version) || writer_says()
    FROM fresh JOIN stale USING (id)
    WHERE fresh.status <> stale.status AND (
        fresh.status = 'declined' OR fresh.status = 'sent' AND EXISTS (
            SELECT FROM artwork AS earlier WHERE earlier.job_id = fresh.job_id AND earlier.version < fresh.version
        )
    )
    ORDER BY fresh.id;
    RETURN NULL;
END $$;

CREATE FUNCTION capture_invoice_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT happened.type, 'invoice', fresh.id, writer_says()
    FROM fresh, LATERAL (VALUES
        (1, 'invoice.sent', fresh.status = 'sent'),
        (2, 'invoice.paid', fresh.status = 'paid'),
        (3, 'invoice.payment_link_requested', fresh.payment_link_requested_at IS NOT NULL)
    ) AS happened (place, type, holds)
    WHERE happened.holds
    ORDER BY fresh.id, happened.place;
    RETURN NULL;
END $$;

CREATE FUNCTION capture_invoice_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT happened.type, 'invoice', fresh.id, writer_says()
    FROM fresh JOIN stale USING (id), LATERAL (VALUES
        (1, 'invoice.sent', fresh.status = 'sent' AND stale.status <> 'sent'),
        (2, 'invoice.paid', fresh.status = 'paid' AND stale.status <> 'paid'),
        (3, 'invoice.payment_link_requested', fresh.payment_link_requested_at IS NOT NULL
            AND fresh.payment_link_requested_at IS DISTINCT FROM stale.payment_link_requested_at)
    ) AS happened (place, type, holds)
    WHERE happened.holds
    ORDER BY fresh.id, happened.place;
    RETURN NULL;
END $$;

CREATE FUNCTION capture_lead_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT 'lead.created', 'lead', id, writer_says() FROM fresh ORDER BY id;
    RETURN NULL;
END $$;

CREATE FUNCTION capture_reorder_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, subject_table, subject_id, payload)
    SELECT 'reorder.requested', 'reorder_request', id, writer_says() FROM fresh ORDER BY id;
    RETURN NULL;
END $$;

CREATE TRIGGER capture_insert AFTER INSERT ON job
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION capture_job_insert();
CREATE TRIGGER capture_update AFTER UPDATE ON job
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION capture_job_update();
CREATE TRIGGER capture_insert AFTER INSERT ON shipment
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION capture_shipment_insert();
CREATE TRIGGER capture_update AFTER UPDATE ON shipment
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION capture_shipment_update();
CREATE TRIGGER capture_insert AFTER INSERT ON artwork
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION capture_artwork_insert();
CREATE TRIGGER capture_update AFTER UPDATE ON artwork
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION capture_artwork_update();
CREATE TRIGGER capture_insert AFTER INSERT ON invoice
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION capture_invoice_insert();
CREATE TRIGGER capture_update AFTER UPDATE ON invoice
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION capture_invoice_update();
CREATE TRIGGER capture_insert AFTER INSERT ON lead
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION capture_lead_insert();
CREATE TRIGGER capture_insert AFTER INSERT ON reorder_request
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION capture_reorder_insert();

-- One wake-up without a payload, whoever wrote the event: the triggers above or the scan of dates.
CREATE FUNCTION ring_for_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM fresh) THEN
        PERFORM pg_notify('inkbell', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ring AFTER INSERT ON event
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ring_for_events();

CREATE FUNCTION ring_for_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM fresh WHERE status = 'queued') THEN
        PERFORM pg_notify('inkbell', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ring AFTER INSERT ON message
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ring_for_messages();
