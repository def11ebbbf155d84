"""What went out, what waits and why: the ledger, read for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from math import ceil
from typing import Any

from engine.catalog import reasons
from engine.catalog.rules import RULES
from engine.catalog.statuses import MESSAGE_STATUSES
from engine.store import queries
from engine.store.database import Connection

PER_PAGE = 25
MOST_FOUND = 5_000
"""A search that finds more is narrowed, not counted to the end."""

_TITLES = {
    **{rule.key: rule.title for rule in RULES},
    "system_alert": "Alert",
    "sms_reply": "Text from a customer",
    "test_send": "Test",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to, None for all. `since` and `until` bound the deciding, `[from, until)`.

    `customer` is part of a name or an address, `about` the whole number of a job or an invoice, `text` words, or their
    beginnings, that all stand in the subject, the body or the address.
    """

    status: str | None = None
    needs_a_person: bool = False
    rule_key: str | None = None
    channel: str | None = None
    customer: str | None = None
    about: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None

    @property
    def only_by_status(self) -> bool:
        return self == Wanted(status=self.status)


EVERYTHING = Wanted()


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
    customer_id: int | None
    customer: str | None
    staff: str | None
    event_type: str | None
    job_number: str | None
    job_title: str | None
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    invoice_number: str | None
    channel_fault: str | None

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
        if self.customer and self._to_contact and self.contact_name != self.customer:
            return f"{self.contact_name}, for {self.customer}"
        return self.customer or self.staff or ""

    @property
    def _to_contact(self) -> bool:
        """It goes, or went, to whom the job names in its customer's place."""
        to = (self.to_address or "").lower()
        if not to or not self.contact_name:
            return False
        if self.channel == "email":
            return to == (self.contact_email or "").strip().lower()
        # Phones are kept as people write them, an extension behind them.
        return to[-7:] in re.sub(r"\D", "", self.contact_phone or "")

    @property
    def about(self) -> str | None:
        job = f"Job {self.job_number}, {self.job_title}" if self.job_number else None
        invoice = f"Invoice {self.invoice_number}" if self.invoice_number else None
        return " · ".join(filter(None, (invoice, job))) or None

    @property
    def sentence(self) -> str:
        """Why it stands as it stands, for somebody who has never seen the program's insides."""
        return reasons.sentence(self.status, self.reason, self.detail, self.channel, self.mode, self.channel_fault)


@dataclass(frozen=True, slots=True)
class Page:
    """`total` is over all pages; `more`: there are more than MOST_FOUND, which nobody pages through."""

    lines: tuple[Line, ...]
    total: int
    more: bool = False


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
    event_id: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    detail: str | None
    to_address: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody in the shop did with a message; `action` as the audit keeps it: `message.released`."""

    at: datetime
    action: str
    who: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it arrived at the customer's, or would have: see `mode`."""

    id: int
    channel: str
    subject: str | None
    body_text: str | None
    body_html: str | None
    sent_at: datetime
    mode: str | None


def counts(connection: Connection) -> dict[str, int]:
    """Every status, in the order of a message's life, with how many messages are in it."""
    found = {row["status"]: row["count"] for row in connection.execute(queries.load("log").counts)}
    return {status: found.get(status, 0) for status in MESSAGE_STATUSES}


def need_a_person(connection: Connection) -> int:
    """What is held, failed or in doubt, and nobody has sent again or put aside."""
    row = connection.execute(queries.load("log").need_a_person).fetchone()
    return int(row["count"]) if row else 0


def ids(connection: Connection, wanted: Wanted, most: int, offset: int = 0) -> tuple[int, ...]:
    """The newest first."""
    bounds = {"limit": most, "offset": offset}
    return tuple(row["id"] for row in connection.execute(queries.load("log").find, asdict(wanted) | bounds))


def lines(connection: Connection, message_ids: Sequence[int]) -> tuple[Line, ...]:
    """The newest first."""
    rows = connection.execute(queries.load("log").page, {"ids": list(message_ids)})
    return tuple(Line(**_only(Line, row)) for row in rows)


def page(connection: Connection, wanted: Wanted, number: int, in_status: Mapping[str, int]) -> Page:
    """
    Newest first, PER_PAGE at a time; pages count from 1, and one behind the last shows the last.

    `in_status` are the `counts` of this moment, which a list without other filters need not count again.
    """
    if wanted.only_by_status:
        total = in_status[wanted.status] if wanted.status else sum(in_status.values())
        first = _first_of(number, total)
        return Page(lines(connection, ids(connection, wanted, PER_PAGE, first)), total)
    found = ids(connection, wanted, MOST_FOUND + 1)
    total = min(len(found), MOST_FOUND)
    first = _first_of(number, total)
    return Page(lines(connection, found[first : min(first + PER_PAGE, total)]), total, more=len(found) > total)


def _first_of(number: int, total: int) -> int:
    return PER_PAGE * (max(1, min(number, ceil(total / PER_PAGE))) - 1)


def one(connection: Connection, message_id: int) -> Whole | None:
    row = connection.execute(queries.load("log").one, {"id": message_id}).fetchone()
    return None if row is None else Whole(**_only(Whole, {**row, "opening": row["body_text"]}))


def attempts(connection: Connection, message_id: int) -> tuple[Attempt, ...]:
    return tuple(Attempt(**row) for row in connection.execute(queries.load("log").attempts, {"id": message_id}))


def by_hand(connection: Connection, message_id: int) -> tuple[Act, ...]:
    return tuple(Act(**row) for row in connection.execute(queries.load("log").by_hand, {"id": message_id}))


def family(connection: Connection, message: Whole) -> tuple[int, ...]:
    """The message that this one repeats, and all that repeat the same one."""
    first = message.resend_of or message.id
    rows = connection.execute(queries.load("log").family, {"id": message.id, "first": first})
    return tuple(row["id"] for row in rows)


def seen(
    connection: Connection, customer_id: int, event_ids: Sequence[int] | None = None, most: int = 10
) -> tuple[Seen, ...]:
    """The latest `most` that reached the customer, the oldest first; `event_ids` narrows them to one record."""
    wanted = {"customer_id": customer_id, "event_ids": None if event_ids is None else list(event_ids), "most": most}
    return tuple(Seen(**row) for row in connection.execute(queries.load("log").seen, wanted))


def _only(record: type[Line], row: dict[str, Any]) -> dict[str, Any]:
    return {field.name: row[field.name] for field in fields(record)}
