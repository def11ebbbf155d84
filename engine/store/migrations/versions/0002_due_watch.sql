-- When each unpaid invoice next crosses a threshold of its due date. With it the scan reads only the invoices that do,
-- however many are unpaid; null: nothing is to come until the invoice changes.
CREATE TABLE due_watch (
    invoice_id bigint PRIMARY KEY REFERENCES invoice ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    next_on date
);
CREATE INDEX due_watch_next ON due_watch (next_on) WHERE next_on IS NOT NULL;

-- Begins again at the first threshold: what was recorded for this due date is not recorded twice, whatever moved.
CREATE FUNCTION watch_invoice_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO due_watch (invoice_id, next_on)
    SELECT id, due_date + 1 FROM fresh
    WHERE status = 'sent' AND amount_paid_cents < total_cents AND due_date IS NOT NULL
    ORDER BY id
    ON CONFLICT (invoice_id) DO UPDATE SET next_on = EXCLUDED.next_on;
    RETURN NULL;
END $$;

CREATE FUNCTION watch_invoice_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO due_watch (invoice_id, next_on)
    SELECT fresh.id, fresh.due_date + 1
    FROM fresh JOIN stale USING (id)
    WHERE fresh.status = 'sent' AND fresh.amount_paid_cents < fresh.total_cents AND fresh.due_date IS NOT NULL
      AND (stale.status <> 'sent' OR stale.amount_paid_cents >= stale.total_cents
           OR stale.due_date IS DISTINCT FROM fresh.due_date)
    ORDER BY fresh.id
    ON CONFLICT (invoice_id) DO UPDATE SET next_on = EXCLUDED.next_on;
    RETURN NULL;
END $$;

CREATE TRIGGER watch_insert AFTER INSERT ON invoice
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION watch_invoice_insert();
CREATE TRIGGER watch_update AFTER UPDATE ON invoice
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION watch_invoice_update();

INSERT INTO due_watch (invoice_id, next_on)
SELECT id, due_date + 1 FROM invoice
WHERE status = 'sent' AND amount_paid_cents < total_cents AND due_date IS NOT NULL;
