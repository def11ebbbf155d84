-- Whoever may execute a trigger's function may put it on a temporary table of their own, where it does with the owner's
-- rights what the rows there say: settle any invoice, write any event. Firing asks for no such right, so writers keep
-- theirs. next_job_number() and next_invoice_number() stay for everybody, as a default needs it.
REVOKE EXECUTE ON FUNCTION
    capture_artwork_insert(), capture_artwork_update(), capture_invoice_insert(), capture_invoice_update(),
    capture_job_insert(), capture_job_update(), capture_lead_insert(), capture_reorder_insert(),
    capture_shipment_insert(), capture_shipment_update(), lift_customer_bounces(), lift_job_bounces(),
    ring_for_events(), ring_for_messages(), settle_invoice(), watch_invoice_insert(), watch_invoice_update()
FROM PUBLIC;
