"""One job: entering it, reading it whole, and leaving its customer in peace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine import access
from engine.catalog.recipients import e164, mailbox
from engine.errors import Conflict, InkbellError
from engine.jobs import Quiet
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("job_entry")

LONGEST_TITLE = 200
MOST_PIECES = 1_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """`way` is the job's way of delivery, or else its customer's."""

    id: int
    number: str
    title: str
    status: str
    status_label: str
    source: str
    customer_id: int
    customer: str
    company: str | None
    email: str | None
    phone: str | None
    quantity: int | None
    due_date: date | None
    way: str | None
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    messages_paused: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What is known of a new job. `ordered_by_customer` confirms it to them."""

    customer_id: int
    title: str
    status: str = "quote"
    ordered_by_customer: bool = False
    quantity: int | None = None
    due_date: date | None = None
    delivery_method: str | None = None
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    number: str = ""


def find(connection: Connection, number: str) -> Job | None:
    row = connection.execute(sql.find, {"number": number.strip().lstrip("#")}).fetchone()
    return Job(**{name: row[name] for name in Job.__slots__}) if row else None


def create(
    connection: Connection, order: Order, *, actor: access.Actor, now: datetime, quiet: Quiet | None = None
) -> str:
    """The number of the new job; the trigger on the table writes the event."""
    access.require(connection, actor, "admin", "sales")
    values = checked(connection, order)
    connection.execute(queries.load("jobs").speak_for, {"actor": access.name(actor), "quiet": quiet or ""})
    values["sales_rep_id"] = actor if isinstance(actor, int) else None
    row = connection.execute(sql.create, values).fetchone()
    if row is None:
        raise Conflict(f"there is a job {order.number.strip()!r} already; choose another number")
    entry = {"now": now, "actor": access.name(actor), "action": "job.created", "subject": f"job:{row['id']}"}
    connection.execute(sql.record, {**entry, "after": None})
    return str(row["number"])


def checked(connection: Connection, order: Order) -> dict[str, Any]:
    """The row to be; raises InkbellError with what to correct."""
    title = order.title.strip()
    if not title or len(title) > LONGEST_TITLE:
        raise InkbellError(f"a job needs a title of up to {LONGEST_TITLE} characters; enter one")
    if order.quantity is not None and not 0 <= order.quantity <= MOST_PIECES:
        raise InkbellError(f"the quantity can't be {order.quantity!r}; enter how many pieces")
    email, phone = order.contact_email.strip() or None, order.contact_phone.strip() or None
    if email and mailbox(email) is None:
        raise InkbellError(f"{email!r} is no email address; correct it")
    if phone and e164(phone, records.shop(connection).country) is None:
        raise InkbellError(f"{phone!r} is no phone number; correct it")
    return {
        "number": order.number.strip() or None,
        "title": title,
        "customer_id": order.customer_id,
        "status": order.status,
        "source": "customer" if order.ordered_by_customer else "staff",
        "quantity": order.quantity,
        "due_date": order.due_date,
        "delivery_method": order.delivery_method,
        "contact_name": order.contact_name.strip() or None,
        "contact_email": email,
        "contact_phone": phone,
    }


def pause(connection: Connection, job_id: int, paused: bool, *, actor: access.Actor, now: datetime) -> bool:
    """While it is paused nothing about this job goes to the customer, money excepted. False when it was so already."""
    access.require(connection, actor, "admin", "sales")
    values = {"id": job_id, "paused": paused, "actor": access.name(actor), "now": now}
    return connection.execute(sql.pause, values).fetchone() is not None
