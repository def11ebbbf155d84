"""The inbox: notices in the app, for each person their own and for admins also those that are addressed to all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine import access
from engine.access import Actor, Person
from engine.store import queries
from engine.store.database import Connection

PER_PAGE = 20

sql = queries.load("inbox")


@dataclass(frozen=True, slots=True)
class Notice:
    """The last three name the record that it is about; all are None for an alert about Inkbell itself."""

    id: int
    rule_key: str
    title: str
    text: str
    at: datetime
    read_at: datetime | None
    job_number: str | None
    invoice_number: str | None
    customer_id: int | None


@dataclass(frozen=True, slots=True)
class Page:
    notices: tuple[Notice, ...]
    total: int


def unread(connection: Connection, person: Person) -> int:
    row = connection.execute(sql.unread, _reader(connection, person)).fetchone()
    return int(row["count"]) if row else 0


def page(connection: Connection, person: Person, *, only_unread: bool = False, number: int = 1) -> Page:
    """Newest first, PER_PAGE at a time; pages count from 1."""
    bounds = {"only_unread": only_unread, "limit": PER_PAGE, "offset": PER_PAGE * (number - 1)}
    rows = connection.execute(sql.page, _reader(connection, person) | bounds).fetchall()
    shown = Notice.__slots__
    notices = tuple(
        Notice(**{name: row[name] for name in shown} | {"title": row["title"] or "", "text": row["text"] or ""})
        for row in rows
    )
    return Page(notices, rows[0]["total"] if rows else 0)


def mark_read(connection: Connection, message_id: int, *, actor: Actor) -> bool:
    """False when it was read already, or is somebody else's."""
    return _read(connection, actor, message_id, None) > 0


def mark_all_read(connection: Connection, *, up_to: int, actor: Actor) -> int:
    """How many; a notice newer than the one with the id `up_to` was not on the screen and stays unread."""
    return _read(connection, actor, None, up_to)


def _read(connection: Connection, actor: Actor, message_id: int | None, up_to: int | None) -> int:
    person = access.require(connection, actor)
    whose = _reader(connection, person) | {"id": message_id, "up_to": up_to}
    return max(connection.execute(sql.read, whose).rowcount, 0)


def _reader(connection: Connection, person: Person) -> dict[str, object]:
    """Somebody without a row on the staff reads what the first admin reads.

    Notices hold addresses and amounts, also for somebody who was an admin when they came and is in production now.
    """
    if isinstance(person.actor, int):
        return {"reader": person.actor if person.sees_contents else None, "admin": person.role == "admin"}
    row = connection.execute(sql.reader).fetchone()
    return {"reader": row["id"] if row else None, "admin": True}
