-- Upkeep: what must be true of a record whoever writes it.

CREATE FUNCTION lower_email() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.email := lower(trim(NEW.email));
    RETURN NEW;
END $$;
CREATE TRIGGER lower_email BEFORE INSERT OR UPDATE OF email ON staff
    FOR EACH ROW EXECUTE FUNCTION lower_email();

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON job FOR EACH ROW EXECUTE FUNCTION touch();

-- The update fires capture in turn, so that every way of recording a payment ends in `invoice.paid`.
-- Nothing is settled by a deposit on a draft that has no prices yet.
CREATE FUNCTION settle_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE invoice
    SET amount_paid_cents = amount_paid_cents + received.cents
    FROM (SELECT invoice_id, sum(amount_cents)::bigint AS cents FROM fresh GROUP BY invoice_id) AS received
    WHERE invoice.id = received.invoice_id;

    UPDATE invoice
    SET status = 'paid', paid_at = COALESCE(paid_at, now())
    WHERE id IN (SELECT invoice_id FROM fresh)
      AND status IN ('draft', 'sent') AND total_cents > 0 AND amount_paid_cents >= total_cents;
    RETURN NULL;
END $$;
CREATE TRIGGER settle AFTER INSERT ON payment
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION settle_invoice();
