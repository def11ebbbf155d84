-- Tables that the shop's own system writes. Money is integer cents, times are UTC, windows are [from, until).

CREATE TABLE shop (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    name text NOT NULL,
    email text,
    phone text,
    address text,
    website text,
    hours text,
    logo_url text,
    reply_to text,
    timezone text NOT NULL DEFAULT 'America/New_York'
        CHECK ((timestamptz '2000-01-01 00:00+00' AT TIME ZONE timezone) IS NOT NULL),
    locale text NOT NULL DEFAULT 'en_US',
    currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    country text NOT NULL DEFAULT 'US' CHECK (country ~ '^[A-Z]{2}$'),
    public_url text,
    redirect_email text,
    redirect_phone text,
    delivery_mode text CHECK (delivery_mode IN ('sandbox', 'redirect', 'live')),
    notice text,
    notice_from timestamptz,
    notice_until timestamptz,
    alert_email text,
    alert_phone text,
    sending_paused boolean NOT NULL DEFAULT false,
    grace_seconds integer NOT NULL DEFAULT 120 CHECK (grace_seconds >= 0),
    surge_limit integer NOT NULL DEFAULT 20 CHECK (surge_limit >= 0),
    require_sms_consent boolean NOT NULL DEFAULT false,
    sms_from time NOT NULL DEFAULT '09:00',
    sms_until time NOT NULL DEFAULT '20:00',
    dunning_from time NOT NULL DEFAULT '09:00',
    dunning_until time NOT NULL DEFAULT '16:00',
    dunning_weekdays smallint[] NOT NULL DEFAULT '{1,2,3,4,5}'
        CHECK (dunning_weekdays <@ '{1,2,3,4,5,6,7}'::smallint[])
);
CREATE UNIQUE INDEX shop_has_one_row ON shop ((true));

CREATE TABLE closed_day (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    day date NOT NULL UNIQUE,
    label text
);

CREATE TABLE staff (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    name text NOT NULL,
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    role text NOT NULL CHECK (role IN ('admin', 'sales', 'production')),
    active boolean NOT NULL DEFAULT true,
    oidc_issuer text,
    oidc_subject text
);
CREATE UNIQUE INDEX staff_oidc ON staff (oidc_issuer, oidc_subject) WHERE oidc_subject IS NOT NULL;

CREATE TABLE customer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    name text NOT NULL,
    company text,
    email text,
    billing_email text,
    cc_emails text[],
    phone text,
    sms_consent_at timestamptz,
    delivery_method text CHECK (delivery_method IN ('pickup', 'ship', 'deliver')),
    messages_paused_until timestamptz,
    portal_token text NOT NULL UNIQUE
        DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
);

CREATE TABLE job_status (
    key text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    label text NOT NULL,
    position integer NOT NULL,
    customer_label text,
    announce boolean NOT NULL DEFAULT true
);

CREATE TABLE job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    number text NOT NULL UNIQUE,
    title text NOT NULL,
    customer_id bigint NOT NULL REFERENCES customer,
    sales_rep_id bigint REFERENCES staff,
    status text NOT NULL DEFAULT 'quote' REFERENCES job_status,
    source text NOT NULL DEFAULT 'staff' CHECK (source IN ('staff', 'customer')),
    quantity integer CHECK (quantity >= 0),
    due_date date,
    delivery_method text CHECK (delivery_method IN ('pickup', 'ship', 'deliver')),
    contact_name text,
    contact_email text,
    contact_phone text,
    messages_paused boolean NOT NULL DEFAULT false
);
CREATE INDEX job_customer ON job (customer_id);
CREATE INDEX job_sales_rep ON job (sales_rep_id);
CREATE INDEX job_by_status ON job (status);

CREATE TABLE artwork (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    job_id bigint NOT NULL REFERENCES job ON DELETE CASCADE,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL DEFAULT 'sent' CHECK (status IN ('sent', 'approved', 'declined')),
    image_url text,
    decline_reason text,
    sent_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    decided_by text,
    decided_via text CHECK (decided_via IN ('portal', 'staff')),
    decided_note text,
    review_token text NOT NULL UNIQUE
        DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
    UNIQUE (job_id, version)
);

CREATE TABLE shipment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    job_id bigint NOT NULL REFERENCES job ON DELETE CASCADE,
    carrier text,
    tracking_number text NOT NULL,
    shipped_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (job_id, tracking_number)
);

CREATE TABLE invoice (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    number text NOT NULL UNIQUE,
    customer_id bigint NOT NULL REFERENCES customer,
    job_id bigint REFERENCES job,
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'sent', 'paid', 'void')),
    currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    total_cents bigint NOT NULL CHECK (total_cents >= 0),
    amount_paid_cents bigint NOT NULL DEFAULT 0 CHECK (amount_paid_cents >= 0),
    po_number text,
    due_date date,
    sent_at timestamptz,
    paid_at timestamptz,
    disputed boolean NOT NULL DEFAULT false,
    reminders_paused_until timestamptz,
    payment_link_requested_at timestamptz,
    payment_pending_at timestamptz,
    pay_token text NOT NULL UNIQUE
        DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
);
CREATE INDEX invoice_customer ON invoice (customer_id);
CREATE INDEX invoice_job ON invoice (job_id);
CREATE INDEX invoice_unpaid_by_due_date ON invoice (due_date)
    WHERE status = 'sent' AND amount_paid_cents < total_cents;

CREATE TABLE payment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    invoice_id bigint NOT NULL REFERENCES invoice,
    amount_cents bigint NOT NULL,
    method text,
    reference text,
    received_on date NOT NULL,
    provider_id text UNIQUE,
    recorded_by text
);
CREATE INDEX payment_invoice ON payment (invoice_id);

CREATE TABLE lead (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    name text NOT NULL,
    email text,
    phone text,
    company text,
    source text NOT NULL DEFAULT 'manual' CHECK (source IN ('website', 'manual')),
    message text
);

CREATE TABLE reorder_request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    customer_id bigint NOT NULL REFERENCES customer,
    job_id bigint REFERENCES job,
    quantity integer CHECK (quantity >= 0),
    note text
);
CREATE INDEX reorder_request_customer ON reorder_request (customer_id);
CREATE INDEX reorder_request_job ON reorder_request (job_id);

CREATE TABLE rule_override (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    customer_id bigint NOT NULL REFERENCES customer ON DELETE CASCADE,
    rule_key text NOT NULL,
    enabled boolean NOT NULL,
    until timestamptz,
    reason text,
    UNIQUE (customer_id, rule_key)
);

CREATE SEQUENCE job_number START 1001;
CREATE SEQUENCE invoice_number START 1001;

-- Numbers given by hand are stepped over. SECURITY DEFINER, so that a writer needs no right on the sequence.
CREATE FUNCTION next_job_number() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    candidate text;
BEGIN
    LOOP
        candidate := nextval('job_number')::text;
        EXIT WHEN NOT EXISTS (SELECT FROM job WHERE number = candidate);
    END LOOP;
    RETURN candidate;
END $$;

CREATE FUNCTION next_invoice_number() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    candidate text;
BEGIN
    LOOP
        candidate := nextval('invoice_number')::text;
        EXIT WHEN NOT EXISTS (SELECT FROM invoice WHERE number = candidate);
    END LOOP;
    RETURN candidate;
END $$;

ALTER TABLE job ALTER number SET DEFAULT next_job_number();
ALTER TABLE invoice ALTER number SET DEFAULT next_invoice_number();
