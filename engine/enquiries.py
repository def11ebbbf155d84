"""What people ask for: leads and reorders, as staff read them and enter those that come by phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine import access
from engine.catalog.recipients import e164, mailbox
from engine.errors import Conflict, InkbellError
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("enquiry")

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Lead:
    """`customer_id` is the customer who has this address already."""

    id: int
    created_at: datetime
    name: str
    email: str | None
    phone: str | None
    company: str | None
    source: str
    message: str | None
    customer_id: int | None
    handled_at: datetime | None
    handled_by: str | None


@dataclass(frozen=True, slots=True)
class Reorder:
    id: int
    created_at: datetime
    customer_id: int
    customer: str
    company: str | None
    job_number: str | None
    job_title: str | None
    quantity: int | None
    note: str | None
    delivery_method: str | None
    handled_at: datetime | None
    handled_by: str | None


def leads(connection: Connection, number: int = 1) -> tuple[tuple[Lead, ...], int]:
    """One page, the open ones first, then the latest, and how many there are in all."""
    rows = connection.execute(sql.leads, {"id": None, "limit": PER_PAGE, "offset": PER_PAGE * (number - 1)}).fetchall()
    found = tuple(Lead(**{name: row[name] for name in Lead.__slots__}) for row in rows)
    return found, rows[0]["total"] if rows else 0


def reorders(connection: Connection, number: int = 1) -> tuple[tuple[Reorder, ...], int]:
    """One page, the open ones first, then the latest, and how many there are in all."""
    rows = connection.execute(sql.reorders, {"limit": PER_PAGE, "offset": PER_PAGE * (number - 1)}).fetchall()
    found = tuple(Reorder(**{name: row[name] for name in Reorder.__slots__}) for row in rows)
    return found, rows[0]["total"] if rows else 0


def add_lead(
    connection: Connection,
    *,
    name: str,
    email: str,
    phone: str,
    company: str,
    message: str,
    actor: access.Actor,
    now: datetime,
) -> int:
    access.require(connection, actor, "admin", "sales")
    given = {"name": name, "email": email, "phone": phone, "company": company, "message": message}
    values = {field: text.strip()[:4000] or None for field, text in given.items()}
    if not values["name"]:
        raise InkbellError("a lead needs a name; enter one")
    if not values["email"] and not values["phone"]:
        raise InkbellError("a lead needs an email address or a phone number; enter one")
    if values["email"] and mailbox(values["email"]) is None:
        raise InkbellError(f"{values['email']!r} is no email address; correct it")
    if values["phone"] and e164(values["phone"], records.shop(connection).country) is None:
        raise InkbellError(f"{values['phone']!r} is no phone number; correct it")
    _speak(connection, actor)
    row = connection.execute(sql.add_lead, {**values, "now": now}).fetchone()
    assert row is not None
    return int(row["id"])


def add_reorder(
    connection: Connection, *, job_number: str, quantity: int | None, note: str, actor: access.Actor, now: datetime
) -> int:
    access.require(connection, actor, "admin", "sales")
    number = job_number.strip().lstrip("#")
    _speak(connection, actor)
    wish = {"number": number, "quantity": quantity, "note": note.strip()[:2000] or None, "now": now}
    row = connection.execute(sql.add_reorder, wish).fetchone()
    if row is None:
        raise Conflict(f"there is no job {number!r}; correct its number")
    return int(row["id"])


def handle(
    connection: Connection, kind: Literal["lead", "reorder"], id: int, done: bool, *, actor: access.Actor, now: datetime
) -> bool:
    """Puts it aside with who did, or opens it again. False when it was so already."""
    person = access.require(connection, actor, "admin", "sales")
    handling = {"lead": sql.handle_lead, "reorder": sql.handle_reorder}[kind]
    values = {"id": id, "done": done, "by": person.name, "now": now}
    return connection.execute(handling, values).fetchone() is not None


def _speak(connection: Connection, actor: access.Actor) -> None:
    connection.execute(queries.load("jobs").speak_for, {"actor": access.name(actor), "quiet": ""})
