-- Every Checkout Session that was asked for, by the invoice that it collects; n is part of Stripe's idempotency key.
-- open: can be paid · pending: a bank debit is on its way · paid · failed: the debit came back · expired: nobody paid ·
-- lost: Stripe broke while making it, and its answer to that key is spoilt. Nobody was given its address.
CREATE TABLE checkout_session (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    invoice_id bigint NOT NULL REFERENCES invoice,
    n integer NOT NULL CHECK (n > 0),
    provider_id text UNIQUE,
    amount_cents bigint NOT NULL CHECK (amount_cents > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    status text NOT NULL CHECK (status IN ('open', 'pending', 'paid', 'failed', 'expired', 'lost')),
    expires_at timestamptz,
    check_after timestamptz,
    settled_at timestamptz,
    UNIQUE (invoice_id, n),
    CHECK (status = 'lost' OR provider_id IS NOT NULL)
);
CREATE INDEX checkout_session_watched ON checkout_session (check_after) WHERE status IN ('open', 'pending');
