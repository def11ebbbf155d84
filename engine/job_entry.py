"""One job: entering it, reading it whole, and leaving its customer in peace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine import access
from engine.catalog.recipients import e164, mailbox
from engine.errors import Conflict, InkbellError
from engine.jobs import Quiet
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("job_entry")

FIELDS = (
    "title", "quantity", "due_date", "delivery_method", "contact_name", "contact_email", "contact_phone", "sales_rep_id"
)  # fmt: skip
"""What can be corrected of a job that is there."""

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
    delivery_method: str | None
    sales_rep_id: int | None
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


def change(
    connection: Connection, job_id: int, values: Mapping[str, Any], *, actor: access.Actor, now: datetime
) -> list[str]:
    """The columns that changed, of those in FIELDS; empty text means none. Its status is moved, not changed here.

    Raises InkbellError with what to correct.
    """
    access.require(connection, actor, "admin", "sales")
    before = connection.execute(sql.held, {"id": job_id}).fetchone()
    if before is None:
        raise Conflict(f"there is no job with the id {job_id!r} any more; look again")
    given = {name: values.get(name, before[name]) for name in FIELDS}
    order = Order(
        customer_id=0,
        title=given["title"] or "",
        quantity=given["quantity"],
        due_date=given["due_date"],
        contact_name=given["contact_name"] or "",
        contact_email=given["contact_email"] or "",
        contact_phone=given["contact_phone"] or "",
    )
    after = {name: value for name, value in checked(connection, order).items() if name in FIELDS}
    after |= {"delivery_method": given["delivery_method"] or None, "sales_rep_id": given["sales_rep_id"]}
    changed = [name for name in FIELDS if before[name] != after[name]]
    if changed:
        connection.execute(sql.change, {**after, "id": job_id})
        was, will = ({name: _said(row[name]) for name in changed} for row in (before, after))
        entry = {"now": now, "actor": access.name(actor), "action": "job.changed", "subject": f"job:{job_id}"}
        connection.execute(sql.record_change, {**entry, "before": Jsonb(was), "after": Jsonb(will)})
    return changed


def sales_people(connection: Connection) -> dict[int, str]:
    """Who may look after a job, by id."""
    return {row["id"]: row["name"] for row in connection.execute(sql.sales_people)}


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def pause(connection: Connection, job_id: int, paused: bool, *, actor: access.Actor, now: datetime) -> bool:
    """While it is paused nothing about this job goes to the customer, money excepted. False when it was so already."""
    access.require(connection, actor, "admin", "sales")
    values = {"id": job_id, "paused": paused, "actor": access.name(actor), "now": now}
    return connection.execute(sql.pause, values).fetchone() is not None
