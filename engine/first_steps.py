"""The way from an empty shop to one that speaks to its customers; what can tick itself does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import access, settings
from engine.errors import InkbellError
from engine.jobs import DONE
from engine.settings import Mode
from engine.store import connections, queries
from engine.store.database import Connection

sql = queries.load("first_steps")

WATCH = timedelta(days=1)
HOURS = 72
BY_HAND = ("rules", "others", "reach", "watched")
"""What only a person can know."""

HIDDEN = "welcome"
"""Ticked when an admin wants to hear no more of it on the first page."""

UNNAMED = "our shop"

TITLES = {
    "profile": "Say who you are",
    "mail": "Connect your mail server",
    "test": "Send a test to yourself",
    "rules": "Choose what is told, and read it",
    "reach": "See who can be reached",
    "others": "Stop what else writes to your customers",
    "watched": "Watch first",
    "live": "Go live",
}
"""Every step, in order."""


@dataclass(frozen=True, slots=True)
class Tick:
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Customers, and those among them who are hard to reach. `sharing`: one number, several names."""

    customers: int
    without_email: int
    without_phone: int
    unreachable: int
    sharing: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Old:
    """What is there already, and stays quiet when the shop goes live."""

    jobs: int
    invoices: int
    debts: int


@dataclass(frozen=True, slots=True)
class Would:
    """What one trigger would have sent."""

    rule_key: str
    channel: str
    count: int
    customers: int


@dataclass(frozen=True, slots=True)
class Example:
    id: int
    rule_key: str
    channel: str
    subject: str | None
    opening: str | None
    customer: str
    to_address: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class State:
    profile: bool
    mail: bool
    tested: bool
    customers: bool
    unreachable: bool
    mode: Mode
    watching_since: datetime | None
    ticks: dict[str, Tick]
    now: datetime

    @property
    def watched(self) -> bool:
        """Somebody said so, or a day of events has been watched."""
        long_enough = self.watching_since is not None and self.now - self.watching_since >= WATCH
        return "watched" in self.ticks or long_enough

    @property
    def done(self) -> dict[str, bool]:
        """Every step in order."""
        return {
            "profile": self.profile,
            "mail": self.mail,
            "test": self.tested,
            "rules": "rules" in self.ticks,
            "reach": self.customers and (not self.unreachable or "reach" in self.ticks),
            "others": "others" in self.ticks,
            "watched": self.watched,
            "live": self.mode == "live",
        }

    @property
    def next(self) -> str | None:
        return next((step for step, is_done in self.done.items() if not is_done), None)

    @property
    def invites(self) -> bool:
        """Whether the first page speaks of it: until all is done, or an admin has read enough of it."""
        return self.next is not None and HIDDEN not in self.ticks


def read(connection: Connection, now: datetime) -> State:
    row = connection.execute(sql.read).fetchone()
    assert row is not None
    named = row["name"].strip().lower() != UNNAMED
    return State(
        profile=named and bool(row["email"] or row["phone"]),
        mail=connections.is_connected(connection, "smtp"),
        tested=row["tested"],
        customers=row["customers"],
        unreachable=row["unreachable"],
        mode=settings.effective_mode(settings.environment().inkbell_delivery, row["delivery_mode"]),
        watching_since=row["watching_since"],
        ticks=_ticks(connection),
        now=now,
    )


def tick(connection: Connection, key: str, done: bool, *, actor: access.Actor, now: datetime) -> None:
    """Keeps that somebody has looked at it, or takes it back."""
    access.require(connection, actor, "admin")
    if key not in (*BY_HAND, HIDDEN):
        raise InkbellError(f"{key!r} ticks itself; {', '.join(BY_HAND)} are ticked by hand")
    action = "first_steps.done" if done else "first_steps.undone"
    connection.execute(sql.tick, {"key": key, "action": action, "actor": access.name(actor), "now": now})


def would_have_sent(connection: Connection, now: datetime) -> tuple[Would, ...]:
    """Of the last three days in the sandbox, the most first."""
    rows = connection.execute(sql.watched, {"now": now, "hours": HOURS})
    return tuple(Would(row["rule_key"], row["channel"], row["count"], row["customers"]) for row in rows)


def examples(connection: Connection, now: datetime, most: int = 20) -> tuple[Example, ...]:
    rows = connection.execute(sql.examples, {"now": now, "hours": HOURS, "most": most})
    return tuple(Example(**row) for row in rows)


def reach(connection: Connection) -> Reach:
    book = queries.load("customer")
    row: dict[str, Any] = connection.execute(book.reach).fetchone() or {}
    sharing = tuple((each["number"], tuple(each["names"])) for each in connection.execute(book.sharing, {"most": 20}))
    return Reach(**row, sharing=sharing)


def old(connection: Connection, now: datetime) -> Old:
    row = connection.execute(sql.old, {"now": now, "done": list(DONE)}).fetchone()
    assert row is not None
    return Old(**row)


def _ticks(connection: Connection) -> dict[str, Tick]:
    subjects = [f"first_steps:{key}" for key in (*BY_HAND, HIDDEN)]
    return {
        row["subject"].removeprefix("first_steps:"): Tick(row["created_at"], row["actor"])
        for row in connection.execute(sql.ticks, {"subjects": subjects})
        if row["action"] == "first_steps.done"
    }
