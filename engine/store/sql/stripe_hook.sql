-- name: once
-- why: Stripe delivers an event until it hears 200, and sometimes again; the second waits for the first and does nothing
INSERT INTO provider_event (provider, provider_event_id, type, received_at)
VALUES ('stripe', :id, :type, :now)
ON CONFLICT (provider, provider_event_id) DO NOTHING
RETURNING id

-- name: note
-- why: what an event came to stands beside it
UPDATE provider_event SET outcome = :outcome WHERE provider = 'stripe' AND provider_event_id = :id

-- name: session
-- why: a session that is not in our memory belongs to something else on the same account
SELECT id, invoice_id FROM checkout_session WHERE provider_id = :provider_id
