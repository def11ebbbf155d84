"""The days on which the shop is closed, and on which no reminder goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engine import access
from engine.errors import InkbellError
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("closed_day")

LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class ClosedDay:
    id: int
    day: date
    label: str | None


def coming(connection: Connection, now: datetime) -> tuple[ClosedDay, ...]:
    """From today on, by the shop's clock."""
    return tuple(ClosedDay(**row) for row in connection.execute(sql.coming, {"now": now}))


def add(connection: Connection, first: date, last: date, label: str, *, actor: access.Actor, now: datetime) -> int:
    """Both days are among them; how many are new. Raises InkbellError for more than a month at once."""
    access.require(connection, actor, "admin")
    if not 0 <= (last - first).days <= 31:
        raise InkbellError("closed days need a first and a last day within a month of each other; correct them")
    given = {"first": first, "last": last, "label": label.strip()[:LONGEST_LABEL] or None}
    return len(connection.execute(sql.add, {**given, "actor": access.name(actor), "now": now}).fetchall())


def open_again(connection: Connection, id: int, *, actor: access.Actor, now: datetime) -> bool:
    access.require(connection, actor, "admin")
    return connection.execute(sql.remove, {"id": id, "actor": access.name(actor), "now": now}).fetchone() is not None
