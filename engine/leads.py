"""Leads from the shop's website: what a stranger wrote, checked and kept once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.catalog.recipients import e164, mailbox
from engine.errors import InkbellError
from engine.store import facts, queries
from engine.store.database import Connection

q = queries.load("lead")

LIMITS = {"name": 120, "email": 254, "phone": 40, "company": 160, "message": 4000}
"""The longest that each may be, in characters."""

MOST_PER_HOUR = 60


class Unfit(InkbellError):
    """A field can't be taken as it is; `problems` says of each what to do."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(self.problems.values()))


class TooMany(InkbellError):
    """More people wrote within the hour than a shop has visitors."""


def receive(connection: Connection, given: Mapping[str, str], *, now: datetime) -> bool:
    """False when the very same was received a moment ago. Raises Unfit, and TooMany beyond 60 an hour."""
    fields = {name: given.get(name, "").strip() or None for name in LIMITS}
    if problems := _problems(fields, facts.shop(connection).country):
        raise Unfit(problems)
    connection.execute(q.alone, {"likeness": repr(fields)})
    count = connection.execute(q.of_the_hour, {"now": now}).fetchone()
    if count and count["count"] >= MOST_PER_HOUR:
        raise TooMany("too many people have written within the hour; call the shop instead")
    connection.execute(q.speak_for)
    return connection.execute(q.receive, {**fields, "now": now}).fetchone() is not None


def _problems(fields: Mapping[str, str | None], country: str) -> dict[str, str]:
    problems = {
        name: f"please keep this under {LIMITS[name]:,} characters"
        for name, text in fields.items()
        if text and len(text) > LIMITS[name]
    }
    if not fields["name"]:
        problems["name"] = "please tell us your name"
    if not fields["email"] and not fields["phone"]:
        problems["email"] = "please leave an email address or a phone number"
    if fields["email"] and mailbox(fields["email"]) is None:
        problems.setdefault("email", "this is not an email address; please correct it")
    if fields["phone"] and e164(fields["phone"], country) is None:
        problems.setdefault("phone", "this is not a phone number; please correct it")
    return problems
