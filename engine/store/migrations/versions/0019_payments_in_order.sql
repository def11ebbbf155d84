-- Two statements with payments of the same invoices, of a bank's file and of the counter say, locked these in whatever
-- order the plan had: each held what the other waited for, and Postgres ended one of them. Now both go by age.
CREATE OR REPLACE FUNCTION settle_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM invoice WHERE id IN (SELECT invoice_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;

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
