-- Tables that Inkbell writes. Rows of event and message stay for ever: they are the memory that prevents a repeat.

CREATE TABLE event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    type text NOT NULL CHECK (type IN (
        'order.received', 'job.status_changed', 'job.tracking_added', 'artwork.resubmitted', 'artwork.declined',
        'invoice.sent', 'invoice.paid', 'invoice.payment_link_requested', 'lead.created', 'reorder.requested',
        'invoice.due_soon', 'invoice.overdue', 'invoice.overdue_30', 'invoice.overdue_60', 'invoice.overdue_90'
    )),
    subject_table text NOT NULL,
    subject_id bigint NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    occasion text,
    handled_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    try_after timestamptz,
    last_error text
);
CREATE UNIQUE INDEX event_once_per_occasion ON event (type, subject_table, subject_id, occasion)
    WHERE occasion IS NOT NULL;
CREATE INDEX event_unhandled ON event (id) WHERE handled_at IS NULL;
CREATE INDEX event_subject ON event (subject_table, subject_id, id);

CREATE TABLE wording_version (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    rule_key text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    subject text,
    preheader text,
    body text NOT NULL,
    default_hash text NOT NULL,
    note text,
    created_by text,
    UNIQUE (rule_key, version)
);

CREATE TABLE wording_draft (
    rule_key text NOT NULL,
    staff_id bigint NOT NULL REFERENCES staff ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    subject text,
    preheader text,
    body text,
    based_on_version integer,
    PRIMARY KEY (rule_key, staff_id)
);
CREATE INDEX wording_draft_staff ON wording_draft (staff_id);

CREATE TABLE rule_setting (
    rule_key text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    enabled boolean NOT NULL,
    enabled_at timestamptz,
    options jsonb NOT NULL DEFAULT '{}',
    active_version_id bigint REFERENCES wording_version,
    updated_by text,
    updated_at timestamptz
);
CREATE INDEX rule_setting_active_version ON rule_setting (active_version_id);

CREATE TABLE message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    event_id bigint REFERENCES event,
    rule_key text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'in_app', 'toast')),
    customer_id bigint REFERENCES customer,
    staff_id bigint REFERENCES staff,
    to_address text,
    status text NOT NULL CHECK (status IN (
        'queued', 'held', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'skipped', 'cancelled', 'expired'
    )),
    reason text CHECK (reason IN (
        'no_address', 'address_invalid', 'opted_out', 'bounced', 'customer_paused', 'job_paused', 'invoice_paused',
        'disputed', 'off_for_customer', 'covered', 'superseded', 'no_longer_true', 'no_net_change', 'not_announced',
        'backlog', 'stale', 'surge', 'not_connected', 'sending_paused', 'refused', 'gave_up', 'wording_broken',
        'quiet', 'already_told', 'no_proof', 'payment_pending', 'restored', 'sandboxed', 'discarded', 'undelivered',
        'outcome_unknown'
    )),
    detail text,
    dedupe_key text NOT NULL UNIQUE,
    wording_version_id bigint REFERENCES wording_version,
    subject text,
    body_text text,
    body_html text,
    send_after timestamptz NOT NULL,
    try_after timestamptz,
    age_from timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    lease integer NOT NULL DEFAULT 0,
    leased_until timestamptz,
    provider_id text,
    rfc_message_id text,
    mode text CHECK (mode IN ('sandbox', 'redirect', 'live')),
    dunning_on date,
    resend_of bigint REFERENCES message,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz
);
CREATE INDEX message_claimable ON message (channel, COALESCE(try_after, send_after), id) WHERE status = 'queued';
CREATE INDEX message_leases ON message (leased_until) WHERE status = 'sending';
CREATE INDEX message_needs_a_person ON message (status, id) WHERE status IN ('held', 'failed', 'unknown');
CREATE UNIQUE INDEX message_provider_id ON message (channel, provider_id) WHERE provider_id IS NOT NULL;
CREATE UNIQUE INDEX message_rfc_message_id ON message (rfc_message_id) WHERE rfc_message_id IS NOT NULL;
-- A reminder that failed leaves its day free for another.
CREATE UNIQUE INDEX message_one_reminder_a_day ON message (customer_id, dunning_on)
    WHERE dunning_on IS NOT NULL AND status IN ('sending', 'sent', 'delivered', 'unknown');
CREATE INDEX message_event ON message (event_id);
CREATE INDEX message_rule ON message (rule_key, created_at);
CREATE INDEX message_customer ON message (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX message_staff ON message (staff_id, id) WHERE staff_id IS NOT NULL;
CREATE INDEX message_unread ON message (id) WHERE channel = 'in_app' AND read_at IS NULL;
CREATE INDEX message_toasts ON message (id) WHERE channel = 'toast';
CREATE INDEX message_wording_version ON message (wording_version_id) WHERE wording_version_id IS NOT NULL;
CREATE INDEX message_resend_of ON message (resend_of) WHERE resend_of IS NOT NULL;

CREATE TABLE suppression (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    address text NOT NULL CHECK (address = lower(address)),
    reason text NOT NULL CHECK (reason IN ('opted_out', 'bounced')),
    since timestamptz NOT NULL,
    note text,
    lifted_at timestamptz,
    UNIQUE (channel, address)
);

CREATE TABLE attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    message_id bigint NOT NULL REFERENCES message,
    lease integer NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    outcome text CHECK (outcome IN ('accepted', 'refused', 'not_sent', 'unknown')),
    detail text,
    UNIQUE (message_id, lease)
);

CREATE TABLE provider_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    provider text NOT NULL CHECK (provider IN ('smtp', 'twilio', 'stripe')),
    provider_event_id text NOT NULL,
    type text,
    received_at timestamptz NOT NULL DEFAULT now(),
    outcome text,
    UNIQUE (provider, provider_event_id)
);

CREATE TABLE inbound_text (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    message_sid text NOT NULL UNIQUE,
    from_number text NOT NULL,
    customer_id bigint REFERENCES customer,
    body text
);
CREATE INDEX inbound_text_customer ON inbound_text (customer_id);

CREATE TABLE connection (
    provider text PRIMARY KEY CHECK (provider IN ('smtp', 'twilio', 'stripe')),
    created_at timestamptz NOT NULL DEFAULT now(),
    settings text,
    verified_at timestamptz,
    last_error text,
    failing_since timestamptz,
    probes integer NOT NULL DEFAULT 0,
    probe_at timestamptz
);

CREATE TABLE audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    before jsonb,
    after jsonb
);
CREATE INDEX audit_entry_subject ON audit_entry (subject, id);

CREATE TABLE sidecar_heartbeat (
    instance text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz NOT NULL,
    beat_at timestamptz NOT NULL,
    details jsonb NOT NULL DEFAULT '{}'
);
