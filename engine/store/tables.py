"""The tables as classes, for reading and writing single rows; the migrations are what makes them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

Moment = sa.DateTime(timezone=True)

Text = Annotated[str, Field(sa_type=sa.Text)]
MaybeText = Annotated[str | None, Field(sa_type=sa.Text)]
At = Annotated[datetime, Field(sa_type=Moment)]
MaybeAt = Annotated[datetime | None, Field(sa_type=Moment)]
Number = Annotated[int, Field(sa_type=sa.Integer)]
MaybeNumber = Annotated[int | None, Field(sa_type=sa.Integer)]
Big = Annotated[int, Field(sa_type=sa.BigInteger)]
Json = Annotated[dict[str, Any], Field(sa_type=JSONB, default_factory=dict)]
MaybeJson = Annotated[dict[str, Any] | None, Field(sa_type=JSONB)]


def to(target: str, **more: Any) -> Any:
    return Field(foreign_key=f"{target}.id", sa_type=sa.BigInteger, **more)


def by_postgres(sa_type: Any = sa.Text) -> Any:
    """Left out of an INSERT while it is None, so that the column's default in the database fills it."""
    return Field(default=None, sa_type=sa_type, nullable=False, sa_column_kwargs={"server_default": sa.FetchedValue()})


class Keyed(SQLModel):
    created_at: datetime = by_postgres(Moment)


class Record(Keyed):
    id: int = Field(default=None, primary_key=True, sa_type=sa.BigInteger, sa_column_args=[sa.Identity(always=True)])


class Shop(Record, table=True):
    name: Text
    email: MaybeText = None
    phone: MaybeText = None
    address: MaybeText = None
    website: MaybeText = None
    hours: MaybeText = None
    logo_url: MaybeText = None
    reply_to: MaybeText = None
    timezone: Text = "America/New_York"
    locale: Text = "en_US"
    currency: Text = "USD"
    country: Text = "US"
    public_url: MaybeText = None
    redirect_email: MaybeText = None
    redirect_phone: MaybeText = None
    delivery_mode: MaybeText = None
    notice: MaybeText = None
    notice_from: MaybeAt = None
    notice_until: MaybeAt = None
    alert_email: MaybeText = None
    alert_phone: MaybeText = None
    sending_paused: bool = False
    grace_seconds: Number = 120
    surge_limit: Number = 20
    require_sms_consent: bool = False
    sms_from: time = time(9)
    sms_until: time = time(20)
    dunning_from: time = time(9)
    dunning_until: time = time(16)
    dunning_weekdays: list[int] = Field(default_factory=lambda: [1, 2, 3, 4, 5], sa_type=ARRAY(sa.SmallInteger))
    fingerprint: MaybeText = None
    paused_counted_until: MaybeAt = None
    accent_color: MaybeText = None


class Staff(Record, table=True):
    name: Text
    email: Text
    role: Text
    active: bool = True
    oidc_issuer: MaybeText = None
    oidc_subject: MaybeText = None


class ClosedDay(Record, table=True):
    __tablename__ = "closed_day"

    day: date
    label: MaybeText = None


class Customer(Record, table=True):
    name: Text
    company: MaybeText = None
    email: MaybeText = None
    billing_email: MaybeText = None
    cc_emails: list[str] | None = Field(default=None, sa_type=ARRAY(sa.Text))
    phone: MaybeText = None
    sms_consent_at: MaybeAt = None
    delivery_method: MaybeText = None
    messages_paused_until: MaybeAt = None
    portal_token: str = by_postgres()


class JobStatus(Keyed, table=True):
    __tablename__ = "job_status"

    key: str = Field(primary_key=True, sa_type=sa.Text)
    label: Text
    position: Number
    customer_label: MaybeText = None
    announce: bool = True


class Job(Record, table=True):
    updated_at: datetime = by_postgres(Moment)
    number: str = by_postgres()
    title: Text
    customer_id: int = to("customer")
    sales_rep_id: int | None = to("staff", default=None)
    status: str = Field(default="quote", foreign_key="job_status.key", sa_type=sa.Text)
    source: Text = "staff"
    quantity: MaybeNumber = None
    due_date: date | None = None
    delivery_method: MaybeText = None
    contact_name: MaybeText = None
    contact_email: MaybeText = None
    contact_phone: MaybeText = None
    messages_paused: bool = False


class Artwork(Record, table=True):
    job_id: int = to("job")
    version: Number
    status: Text = "sent"
    image_url: MaybeText = None
    decline_reason: MaybeText = None
    sent_at: datetime = by_postgres(Moment)
    decided_at: MaybeAt = None
    decided_by: MaybeText = None
    decided_via: MaybeText = None
    decided_note: MaybeText = None
    review_token: str = by_postgres()


class Shipment(Record, table=True):
    job_id: int = to("job")
    carrier: MaybeText = None
    tracking_number: Text
    shipped_at: datetime = by_postgres(Moment)


class Invoice(Record, table=True):
    number: str = by_postgres()
    customer_id: int = to("customer")
    job_id: int | None = to("job", default=None)
    status: Text = "draft"
    currency: Text = "USD"
    total_cents: Big
    amount_paid_cents: Big = 0
    po_number: MaybeText = None
    due_date: date | None = None
    sent_at: MaybeAt = None
    paid_at: MaybeAt = None
    disputed: bool = False
    reminders_paused_until: MaybeAt = None
    payment_link_requested_at: MaybeAt = None
    payment_pending_at: MaybeAt = None
    pay_token: str = by_postgres()


class DueWatch(Keyed, table=True):
    __tablename__ = "due_watch"

    invoice_id: int = Field(foreign_key="invoice.id", primary_key=True, sa_type=sa.BigInteger)
    next_on: date | None = None


class Payment(Record, table=True):
    invoice_id: int = to("invoice")
    amount_cents: Big
    method: MaybeText = None
    reference: MaybeText = None
    received_on: date
    provider_id: MaybeText = None
    recorded_by: MaybeText = None


class CheckoutSession(Record, table=True):
    __tablename__ = "checkout_session"

    invoice_id: int = to("invoice")
    n: Number
    provider_id: MaybeText = None
    amount_cents: Big
    currency: Text
    status: Text
    expires_at: MaybeAt = None
    check_after: MaybeAt = None
    settled_at: MaybeAt = None


class Lead(Record, table=True):
    name: Text
    email: MaybeText = None
    phone: MaybeText = None
    company: MaybeText = None
    source: Text = "manual"
    message: MaybeText = None
    handled_at: MaybeAt = None
    handled_by: MaybeText = None


class ReorderRequest(Record, table=True):
    __tablename__ = "reorder_request"

    customer_id: int = to("customer")
    job_id: int | None = to("job", default=None)
    quantity: MaybeNumber = None
    note: MaybeText = None
    handled_at: MaybeAt = None
    handled_by: MaybeText = None


class RuleOverride(Record, table=True):
    __tablename__ = "rule_override"

    customer_id: int = to("customer")
    rule_key: Text
    enabled: bool
    until: MaybeAt = None
    reason: MaybeText = None


class Event(Record, table=True):
    type: Text
    subject_table: Text
    subject_id: Big
    payload: Json
    occurred_at: datetime = by_postgres(Moment)
    occasion: MaybeText = None
    handled_at: MaybeAt = None
    tries: Number = 0
    try_after: MaybeAt = None
    last_error: MaybeText = None


class Message(Record, table=True):
    event_id: int | None = to("event", default=None)
    rule_key: Text
    channel: Text
    customer_id: int | None = to("customer", default=None)
    staff_id: int | None = to("staff", default=None)
    to_address: MaybeText = None
    status: Text
    reason: MaybeText = None
    detail: MaybeText = None
    dedupe_key: Text
    wording_version_id: int | None = to("wording_version", default=None)
    subject: MaybeText = None
    body_text: MaybeText = None
    body_html: MaybeText = None
    send_after: At
    try_after: MaybeAt = None
    attempts: Number = 0
    lease: Number = 0
    leased_until: MaybeAt = None
    provider_id: MaybeText = None
    rfc_message_id: MaybeText = None
    mode: MaybeText = None
    dunning_on: date | None = None
    resend_of: int | None = to("message", default=None)
    sent_at: MaybeAt = None
    delivered_at: MaybeAt = None
    read_at: MaybeAt = None
    age_from: MaybeAt = None
    follow_at: MaybeAt = None
    released_at: MaybeAt = None


class Suppression(Record, table=True):
    channel: Text
    address: Text
    reason: Text
    since: At
    note: MaybeText = None
    lifted_at: MaybeAt = None


class Attempt(Record, table=True):
    message_id: int = to("message")
    lease: Number
    started_at: At
    finished_at: MaybeAt = None
    outcome: MaybeText = None
    detail: MaybeText = None
    to_address: MaybeText = None


class RuleSetting(Keyed, table=True):
    __tablename__ = "rule_setting"

    rule_key: str = Field(primary_key=True, sa_type=sa.Text)
    enabled: bool
    enabled_at: MaybeAt = None
    options: Json
    active_version_id: int | None = to("wording_version", default=None)
    updated_by: MaybeText = None
    updated_at: MaybeAt = None


class WordingVersion(Record, table=True):
    __tablename__ = "wording_version"

    rule_key: Text
    version: Number
    subject: MaybeText = None
    preheader: MaybeText = None
    body: Text
    default_hash: Text
    note: MaybeText = None
    created_by: MaybeText = None


class WordingDraft(Keyed, table=True):
    __tablename__ = "wording_draft"

    rule_key: str = Field(primary_key=True, sa_type=sa.Text)
    staff_id: int = Field(primary_key=True, sa_type=sa.BigInteger)
    updated_at: datetime = by_postgres(Moment)
    subject: MaybeText = None
    preheader: MaybeText = None
    body: MaybeText = None
    based_on_version: MaybeNumber = None


class ToastChoice(Keyed, table=True):
    __tablename__ = "toast_choice"

    staff_id: int = Field(primary_key=True, sa_type=sa.BigInteger)
    shows: Text


class ProviderEvent(Record, table=True):
    __tablename__ = "provider_event"

    provider: Text
    provider_event_id: Text
    type: MaybeText = None
    received_at: datetime = by_postgres(Moment)
    outcome: MaybeText = None


class InboundText(Record, table=True):
    __tablename__ = "inbound_text"

    message_sid: Text
    from_number: Text
    customer_id: int | None = to("customer", default=None)
    body: MaybeText = None


class Connection(Keyed, table=True):
    provider: str = Field(primary_key=True, sa_type=sa.Text)
    settings: MaybeText = None
    verified_at: MaybeAt = None
    last_error: MaybeText = None
    failing_since: MaybeAt = None
    probe_at: MaybeAt = None
    probes: Number = 0


class AuditEntry(Record, table=True):
    __tablename__ = "audit_entry"

    actor: Text
    action: Text
    subject: Text
    before: MaybeJson = None
    after: MaybeJson = None


class SidecarHeartbeat(Keyed, table=True):
    __tablename__ = "sidecar_heartbeat"

    instance: str = Field(primary_key=True, sa_type=sa.Text)
    started_at: At
    beat_at: At
    details: Json
