-- name: held
-- why: one checkout or payment of an invoice at a time; whoever waited reads the balance as it then is
SELECT invoice.id, invoice.number, invoice.status, invoice.currency, invoice.total_cents, invoice.amount_paid_cents,
       invoice.pay_token, invoice.payment_pending_at, shop.locale, shop.public_url,
       CAST(CAST(:now AS timestamptz) AT TIME ZONE shop.timezone AS date) AS today,
       CASE WHEN invoice.status IN ('paid', 'void') THEN 0
            ELSE greatest(invoice.total_cents - invoice.amount_paid_cents, 0) END AS balance_cents
FROM invoice CROSS JOIN shop
WHERE invoice.id = :id
FOR UPDATE OF invoice

-- name: by_token
-- why: the token is all that a customer's link carries
SELECT id FROM invoice WHERE pay_token = :pay_token

-- name: live
-- why: those that can still bring money, the newest first; more than one only after a crash in between
SELECT id, provider_id, amount_cents, currency, status, expires_at
FROM checkout_session
WHERE invoice_id = :invoice_id AND status IN ('open', 'pending')
ORDER BY n DESC

-- name: next_n
-- why: counts every session that was asked for, as Stripe answers a repeated key with the old session, dead or not
SELECT COALESCE(max(n), 0) + 1 AS n FROM checkout_session WHERE invoice_id = :invoice_id

-- name: remember
-- why: in the transaction that holds the invoice, so a link is never handed out without it
INSERT INTO checkout_session
    (created_at, invoice_id, n, provider_id, amount_cents, currency, status, expires_at, check_after)
VALUES (:now, :invoice_id, :n, :provider_id, :amount_cents, :currency, :status, :expires_at, :now)

-- name: take
-- why: two sidecars don't ask about the same session; what fails here waits for its next minute
UPDATE checkout_session
SET check_after = CAST(:now AS timestamptz) + interval '1 minute'
WHERE id IN (
    SELECT id FROM checkout_session
    WHERE status IN ('open', 'pending') AND (check_after <= :now OR CAST(:at_once AS boolean))
    ORDER BY check_after, id
    LIMIT :most
    FOR UPDATE SKIP LOCKED)
RETURNING id, invoice_id, provider_id

-- name: session
-- why: read again under the invoice's lock, as somebody else may have settled it meanwhile
SELECT id, provider_id, amount_cents, currency, status, expires_at FROM checkout_session WHERE id = :id

-- name: pending
-- why: bank debits on their way, whatever account they were begun with
SELECT id, provider_id, amount_cents, currency, status, expires_at
FROM checkout_session
WHERE invoice_id = :invoice_id AND status = 'pending'
ORDER BY n

-- name: look_again
-- why: who pays, pays within minutes; a bank takes days
UPDATE checkout_session
SET check_after = CAST(:now AS timestamptz) + CASE
    WHEN status = 'pending' THEN interval '1 hour'
    WHEN created_at > CAST(:now AS timestamptz) - interval '10 minutes' THEN interval '5 seconds'
    WHEN created_at > CAST(:now AS timestamptz) - interval '1 hour' THEN interval '30 seconds'
    ELSE interval '5 minutes' END
WHERE id = :id

-- name: look_soon
-- why: the balance has changed, so an open session asks for the wrong sum
UPDATE checkout_session SET check_after = :now WHERE invoice_id = :invoice_id AND status = 'open'

-- name: mark
-- why: only forward: what is settled stays
UPDATE checkout_session
SET status = :status, settled_at = CASE WHEN :status = 'pending' THEN NULL ELSE CAST(:now AS timestamptz) END
WHERE id = :id AND status IN ('open', 'pending') AND status <> :status
RETURNING id

-- name: set_pending
-- why: the first moment counts; reminders are silent from then on
UPDATE invoice SET payment_pending_at = :now WHERE id = :id AND payment_pending_at IS NULL

-- name: clear_pending
-- why: another bank debit for the same invoice may still be on its way
UPDATE invoice SET payment_pending_at = NULL
WHERE id = :id AND payment_pending_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM checkout_session WHERE invoice_id = :id AND status = 'pending')

-- name: keep_quiet
-- why: the capture trigger copies it into the event; it ends with the transaction
SELECT set_config('inkbell.quiet', :quiet, true)

-- name: speak_for
-- why: the capture trigger copies it into the event; it ends with the transaction
SELECT set_config('inkbell.actor', :actor, true)

-- name: pay
-- why: a trigger adds it to the invoice; a payment of the provider's that is known already is not counted twice
INSERT INTO payment
    (created_at, invoice_id, amount_cents, method, reference, received_on, provider_id, recorded_by)
VALUES (:now, :invoice_id, :amount_cents, :method, :reference, :received_on, :provider_id, :actor)
ON CONFLICT (provider_id) DO NOTHING
RETURNING id

-- name: payment
-- why: names the invoice that is to be locked before the payment is taken off it
SELECT invoice_id, provider_id FROM payment WHERE id = :id

-- name: take_back
-- why: the trigger only adds; a draft that its deposit paid was never sent, and is a draft again
WITH gone AS (
    DELETE FROM payment WHERE id = :id RETURNING invoice_id, amount_cents, method, reference, received_on
),
due_again AS (
    UPDATE invoice
    SET amount_paid_cents = invoice.amount_paid_cents - gone.amount_cents,
        status = CASE
            WHEN invoice.status <> 'paid' OR invoice.amount_paid_cents - gone.amount_cents >= invoice.total_cents
                THEN invoice.status
            WHEN invoice.sent_at IS NULL AND NOT EXISTS (
                SELECT FROM event
                WHERE subject_table = 'invoice' AND subject_id = invoice.id AND type = 'invoice.sent') THEN 'draft'
            ELSE 'sent' END,
        paid_at = CASE
            WHEN invoice.amount_paid_cents - gone.amount_cents >= invoice.total_cents THEN invoice.paid_at END
    FROM gone
    WHERE invoice.id = gone.invoice_id
)
SELECT amount_cents, method, reference, received_on FROM gone

-- name: paid_by
-- why: the event that stopped the invoice's reminders, now that it is due again; the decider skips a locked one, and
-- when it was quicker what it stopped is read here
SELECT event.id
FROM event JOIN invoice ON invoice.id = event.subject_id
WHERE event.subject_table = 'invoice' AND event.subject_id = :invoice_id AND event.type = 'invoice.paid'
  AND invoice.status = 'sent'
ORDER BY event.id DESC
LIMIT 1
FOR UPDATE OF event

-- name: paid_at
-- why: the trigger can only know the transaction's clock
UPDATE invoice SET paid_at = :now WHERE id = :id AND status = 'paid' AND paid_at = now()

-- name: audit
-- why: money is never entered without a name
INSERT INTO audit_entry (created_at, actor, action, subject, after)
VALUES (:now, :actor, 'payment recorded', 'invoice:' || CAST(:invoice_id AS text), :after)

-- name: audit_due_again
-- why: whoever says that no money came is named
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
VALUES (:now, :actor, 'payment did not come', 'invoice:' || CAST(:invoice_id AS text), :before, '{"payment_pending_at": null}')

-- name: audit_taken_back
-- why: money is never taken back without a name either
INSERT INTO audit_entry (created_at, actor, action, subject, before)
VALUES (:now, :actor, 'payment taken back', 'invoice:' || CAST(:invoice_id AS text), :before)

-- name: fault
-- why: an alert is told once per outage
SELECT last_error, failing_since FROM connection WHERE provider = 'stripe'

-- name: take_probe
-- why: refused credentials are tried again at 1, 5 and then every 15 minutes, by whoever asks first
UPDATE connection
SET probes = probes + 1,
    probe_at = CAST(:now AS timestamptz) + CASE probes WHEN 0 THEN interval '4 minutes' ELSE interval '15 minutes' END
WHERE provider = 'stripe' AND last_error IS NOT NULL AND (probe_at <= :now OR CAST(:at_once AS boolean))
RETURNING provider
