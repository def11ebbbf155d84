"""The frozen records that deciding, composing and the last look read; one `Facts` per event or message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Shop:
    """The one row of `shop`; windows are `[from, until)` in `timezone`, equal bounds mean always."""

    name: str
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    website: str | None = None
    hours: str | None = None
    logo_url: str | None = None
    reply_to: str | None = None
    timezone: str = "America/New_York"
    locale: str = "en_US"
    currency: str = "USD"
    country: str = "US"
    public_url: str | None = None
    redirect_email: str | None = None
    redirect_phone: str | None = None
    delivery_mode: Literal["sandbox", "redirect", "live"] | None = None
    notice: str | None = None
    notice_from: datetime | None = None
    notice_until: datetime | None = None
    alert_email: str | None = None
    alert_phone: str | None = None
    sending_paused: bool = False
    grace_seconds: int = 120
    surge_limit: int = 20
    require_sms_consent: bool = False
    sms_from: time = time(9)
    sms_until: time = time(20)
    dunning_from: time = time(9)
    dunning_until: time = time(16)
    dunning_weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    accent_color: str | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    id: int
    name: str
    email: str
    role: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    name: str
    portal_token: str
    company: str | None = None
    email: str | None = None
    billing_email: str | None = None
    cc_emails: tuple[str, ...] = ()
    phone: str | None = None
    sms_consent_at: datetime | None = None
    delivery_method: str | None = None
    messages_paused_until: datetime | None = None

    def is_paused(self, now: datetime) -> bool:
        return self.messages_paused_until is not None and self.messages_paused_until > now


@dataclass(frozen=True, slots=True)
class Job:
    """`label`, `customer_label` and `announce` are those of the present `status`."""

    id: int
    number: str
    title: str
    customer_id: int
    status: str
    label: str
    customer_label: str
    announce: bool
    source: str = "staff"
    sales_rep_id: int | None = None
    quantity: int | None = None
    due_date: date | None = None
    delivery_method: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    messages_paused: bool = False


@dataclass(frozen=True, slots=True)
class Artwork:
    id: int
    job_id: int
    version: int
    status: str
    review_token: str
    image_url: str | None = None
    decline_reason: str | None = None
    decided_by: str | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    id: int
    job_id: int
    tracking_number: str
    carrier: str | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """Amounts are in the minor units of `currency`."""

    id: int
    number: str
    customer_id: int
    status: str
    currency: str
    total_cents: int
    amount_paid_cents: int
    pay_token: str
    job_id: int | None = None
    po_number: str | None = None
    due_date: date | None = None
    sent_at: datetime | None = None
    paid_at: datetime | None = None
    disputed: bool = False
    reminders_paused_until: datetime | None = None
    payment_link_requested_at: datetime | None = None
    payment_pending_at: datetime | None = None
    created_at: datetime | None = None

    @property
    def balance_cents(self) -> int:
        """0 when paid or void, else what is still to be paid."""
        return 0 if self.status in ("paid", "void") else self.total_cents - self.amount_paid_cents

    @property
    def unpaid(self) -> bool:
        return self.status == "sent" and self.balance_cents > 0

    @property
    def paid_cents(self) -> int:
        """A paid invoice without a recorded amount was paid in full elsewhere."""
        return self.total_cents if self.status == "paid" and not self.amount_paid_cents else self.amount_paid_cents


@dataclass(frozen=True, slots=True)
class Lead:
    id: int
    name: str
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    source: str = "manual"
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Reorder:
    id: int
    customer_id: int
    job_id: int | None = None
    job_number: str | None = None
    quantity: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    type: str
    subject_table: str
    subject_id: int
    payload: Mapping[str, Any]
    occurred_at: datetime
    occasion: str | None = None

    @property
    def from_status(self) -> str:
        return str(self.payload.get("from") or "")

    @property
    def to_status(self) -> str:
        return str(self.payload.get("to") or "")

    @property
    def quiet(self) -> str | None:
        """'customers', 'all' or None: what the writer asked not to be told."""
        return self.payload.get("quiet")


@dataclass(frozen=True, slots=True)
class Move:
    """One status change of the job, in the order in which they happened."""

    event_id: int
    from_status: str
    to_status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A message about this job that exists already, whatever became of it."""

    id: int
    rule_key: str
    channel: str
    status: str
    dedupe_key: str
    created_at: datetime
    event_id: int
    event_type: str
    to_status: str
    reason: str | None = None
    detail: str | None = None
    handed_off_at: datetime | None = None
    shipment_ids: tuple[int, ...] = ()
    resend_of: int | None = None

    @property
    def covered_by(self) -> int | None:
        """The id of the waiting message that says this one's news as well."""
        name, _, number = (self.detail or "").partition(" ")
        return int(number) if self.reason == "covered" and name == "message" and number.isdigit() else None

    @property
    def stands(self) -> bool:
        """It went out, or still may; one that was skipped, cancelled or refused told nobody anything."""
        return self.status in ("queued", "held", "sending", "sent", "delivered", "unknown")

    @property
    def waits(self) -> bool:
        return self.status in ("queued", "held")


@dataclass(frozen=True, slots=True)
class Override:
    rule_key: str
    enabled: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder that this customer got, for whichever invoice; `repeated` is the very one that is sent again."""

    rule_key: str
    at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known about one event (or the one behind a message) at a moment; what does not apply is None."""

    event: Event
    shop: Shop
    customer: Customer | None = None
    job: Job | None = None
    sales_rep: Staff | None = None
    artworks: tuple[Artwork, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    invoice: Invoice | None = None
    job_invoice: Invoice | None = None
    owed: tuple[Invoice, ...] = ()
    """The customer's unpaid invoices with a due date, past or to come, oldest first; only in an invoice's facts."""
    reminded: tuple[Reminded, ...] = ()
    part_paid_at: datetime | None = None
    """When the last part payment of the invoice came in; only while it is unpaid."""
    closed_days: frozenset[date] = frozenset()
    lead: Lead | None = None
    reorder: Reorder | None = None
    staff: tuple[Staff, ...] = ()
    overrides: tuple[Override, ...] = ()
    suppressed: frozenset[tuple[str, str]] = frozenset()
    """(channel, address) that nothing goes to, and ("opted_out", address) beside it where its owner wished so."""
    moves: tuple[Move, ...] = ()
    told: tuple[Told, ...] = ()
    status_labels: Mapping[str, tuple[str, str, bool]] | None = None
    """Job status key → (label, customer label, announce)."""
    due_soon_days: int | None = None
    """How many days before the due date the shop reminds; None while it does not."""
    to_announce: tuple[int, ...] = ()
    """Shipment ids that this event's tracking message has to name: its own and those of events it covers."""

    def off_for_customer(self, rule_key: str, now: datetime) -> bool:
        """Whether this customer does not get this rule's messages at this moment."""
        return any(o.until is None or o.until > now for o in self._overrides_off(rule_key))

    def off_for_good(self, rule_key: str) -> bool:
        """The same without an end; one with an end only moves what can wait."""
        return any(o.until is None for o in self._overrides_off(rule_key))

    def _overrides_off(self, rule_key: str) -> tuple[Override, ...]:
        return tuple(o for o in self.overrides if o.rule_key == rule_key and not o.enabled)

    @property
    def admins(self) -> tuple[Staff, ...]:
        return tuple(person for person in self.staff if person.active and person.role == "admin")

    @property
    def latest_artwork(self) -> Artwork | None:
        return max(self.artworks, key=lambda artwork: artwork.version, default=None)

    @property
    def open_proof(self) -> Artwork | None:
        """The newest version, if the customer has not decided on it; an older version is superseded."""
        newest = self.latest_artwork
        return newest if newest and newest.status == "sent" else None
