"""What went out, what waits and why: the ledger, read for people."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from engine.catalog.reasons import REASONS
from engine.catalog.rules import RULES
from engine.catalog.statuses import MESSAGE_STATUSES
from engine.store import queries
from engine.store.database import Connection

PER_PAGE = 25

_TITLES = {
    **{rule.key: rule.title for rule in RULES},
    "system_alert": "Alert",
    "sms_reply": "Text from a customer",
    "test_send": "Test",
}
_WAITING = {
    "queued": "Waits to go out.",
    "sending": "Is being handed over.",
    "sent": "Was handed over.",
    "delivered": "Arrived.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message in the list. `about` is the job or invoice in words, None when it is about neither."""

    id: int
    rule_key: str
    channel: str
    status: str
    reason: str | None
    detail: str | None
    to_address: str | None
    subject: str | None
    opening: str | None
    mode: str | None
    created_at: datetime
    send_after: datetime
    try_after: datetime | None
    sent_at: datetime | None
    customer: str | None
    staff: str | None
    event_type: str | None
    job_number: str | None
    job_title: str | None
    invoice_number: str | None

    @property
    def rule_title(self) -> str:
        return _TITLES.get(self.rule_key, self.rule_key)

    @property
    def title(self) -> str:
        """Its subject, or what it will be about while it is not written yet."""
        return self.subject or (self.opening if self.channel in ("sms", "toast") else None) or self.rule_title

    @property
    def recipient(self) -> str:
        if self.customer is None and self.staff is None:
            return "Everyone signed in" if self.channel == "toast" else "Every admin"
        return self.customer or self.staff or ""

    @property
    def about(self) -> str | None:
        job = f"Job {self.job_number}, {self.job_title}" if self.job_number else None
        invoice = f"Invoice {self.invoice_number}" if self.invoice_number else None
        return " · ".join(filter(None, (invoice, job))) or None

    @property
    def sentence(self) -> str:
        """Why it stands as it stands, for somebody who has never seen the program's insides."""
        if self.reason:
            return REASONS.get(self.reason, self.reason)
        if self.status == "sent" and self.mode == "sandbox" and self.channel in ("email", "sms"):
            return "Made and kept here; in sandbox mode nothing leaves the shop."
        return _WAITING.get(self.status, "")


@dataclass(frozen=True, slots=True)
class Whole(Line):
    """One message with all that was sent."""

    body_text: str | None
    body_html: str | None
    delivered_at: datetime | None
    read_at: datetime | None
    occurred_at: datetime | None
    provider_id: str | None
    resend_of: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class Toast:
    id: int
    title: str
    text: str


def counts(connection: Connection) -> dict[str, int]:
    """Every status, in the order of a message's life, with how many messages are in it."""
    found = {row["status"]: row["count"] for row in connection.execute(queries.load("log").counts)}
    return {status: found.get(status, 0) for status in MESSAGE_STATUSES}


def page(connection: Connection, status: str | None = None, number: int = 1) -> tuple[Line, ...]:
    """Newest first, PER_PAGE at a time; pages count from 1, and no status means all of them."""
    wanted = {"status": status, "limit": PER_PAGE, "offset": PER_PAGE * (number - 1)}
    return tuple(Line(**_only(Line, row)) for row in connection.execute(queries.load("log").page, wanted))


def one(connection: Connection, message_id: int) -> Whole | None:
    row = connection.execute(queries.load("log").one, {"id": message_id}).fetchone()
    return None if row is None else Whole(**_only(Whole, {**row, "opening": row["body_text"]}))


def attempts(connection: Connection, message_id: int) -> tuple[Attempt, ...]:
    return tuple(Attempt(**row) for row in connection.execute(queries.load("log").attempts, {"id": message_id}))


def toasts_after(connection: Connection, last: int) -> tuple[Toast, ...]:
    rows = connection.execute(queries.load("log").toasts_after, {"last": last})
    return tuple(Toast(row["id"], row["subject"] or "", row["body_text"] or "") for row in rows)


def _only(record: type[Line], row: dict[str, Any]) -> dict[str, Any]:
    return {field.name: row[field.name] for field in fields(record)}
