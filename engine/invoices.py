"""Invoices as the shop keeps them: made, sent, disputed, left alone for a while."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from psycopg.types.json import Jsonb

from engine import access
from engine.errors import Conflict, InkbellError, NotConnected
from engine.jobs import Quiet
from engine.store import connections, queries
from engine.store.database import Connection

sql = queries.load("invoice")

PER_PAGE = 25
WHICH = ("open", "overdue", "draft", "paid", "void", "disputed", "all")
MOST_CENTS = 10**12
FIELDS = ("total_cents", "due_date", "po_number")
"""What can be corrected of an invoice that is there."""

# A name of the currency before or behind the sum, never a sign: "(482.50)" and "482.50-" are what somebody gave back.
_NAME = r"(?:[^\W\d_]\.?|[^\w.,()+\-−–—])*"
_SUM = re.compile(
    rf"{_NAME}(?P<whole>\d+|[1-9]\d{{0,2}}(?P<mark>[,\s'’])(?:\d{{2,3}}(?P=mark))*\d{{3}}|(?=\.\d))"
    rf"(?P<part>\.\d*|,\d{{1,2}})?{_NAME}"
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Invoice:
    """Amounts are in the minor units of `currency`; `overdue` by the shop's own day."""

    id: int
    number: str
    status: str
    customer_id: int
    customer: str
    company: str | None
    job_id: int | None
    job_number: str | None
    currency: str
    total_cents: int
    amount_paid_cents: int
    balance_cents: int
    po_number: str | None
    due_date: date | None
    overdue: bool
    disputed: bool
    reminders_paused_until: datetime | None
    payment_link_requested_at: datetime | None
    payment_pending_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Payment:
    """What came `by_provider` is given back there; the rest can be taken back here."""

    id: int
    amount_cents: int
    method: str | None
    reference: str | None
    received_on: date
    by_provider: bool


@dataclass(frozen=True, slots=True)
class Page:
    invoices: tuple[Invoice, ...]
    total: int


def page(connection: Connection, now: datetime, *, which: str = "open", search: str = "", number: int = 1) -> Page:
    """`which` is one of WHICH; open ones by due date, the others the latest first; pages count from 1."""
    return _page(connection, now, which, search, PER_PAGE * (number - 1))


def of_job(connection: Connection, job_id: int, now: datetime) -> tuple[Invoice, ...]:
    return _page(connection, now, "all", "", 0, job_id=job_id).invoices


def find(connection: Connection, invoice_id: int, now: datetime) -> Invoice | None:
    found = _page(connection, now, "all", "", 0, id=invoice_id).invoices
    return found[0] if found else None


def payments(connection: Connection, invoice_id: int) -> tuple[Payment, ...]:
    return tuple(Payment(**row) for row in connection.execute(sql.payments, {"id": invoice_id}))


def create(
    connection: Connection,
    *,
    total_cents: int,
    actor: access.Actor,
    now: datetime,
    job_id: int | None = None,
    customer_id: int | None = None,
    due_date: date | None = None,
    po_number: str = "",
    number: str = "",
) -> int:
    """A draft of a job or of a customer; nobody is told before it is sent."""
    access.require(connection, actor, "admin", "sales")
    if job_id is not None:
        row = connection.execute(sql.customer_of, {"job_id": job_id}).fetchone()
        customer_id = row["customer_id"] if row else None
    if customer_id is None:
        raise InkbellError("an invoice needs a customer; choose one")
    if not 0 <= total_cents <= MOST_CENTS:
        raise InkbellError("an invoice can't have this total; correct it")
    values: Row = {"customer_id": customer_id, "job_id": job_id, "total_cents": total_cents, "due_date": due_date}
    values |= {"po_number": po_number.strip() or None, "number": number.strip() or None, "now": now}
    made = connection.execute(sql.create, values).fetchone()
    if made is None:
        raise Conflict(f"there is an invoice {number.strip()!r} already; choose another number")
    _record(connection, made["id"], "invoice.created", None, {"total_cents": total_cents}, actor, now)
    return int(made["id"])


def change(
    connection: Connection, invoice_id: int, values: Mapping[str, Any], *, actor: access.Actor, now: datetime
) -> list[str]:
    """The columns that changed, of those in FIELDS. Once it is sent its total stands.

    Raises Conflict, InkbellError for a wrong total.
    """
    access.require(connection, actor, "admin", "sales")
    row = _held(connection, invoice_id)
    if row["status"] not in ("draft", "sent"):
        raise Conflict(f"invoice {row['number']!r} is {row['status']} already; look again")
    after: Row = {name: values.get(name, row[name]) for name in FIELDS}
    after["po_number"] = (after["po_number"] or "").strip() or None
    if row["status"] != "draft" and after["total_cents"] != row["total_cents"]:
        raise Conflict(f"invoice {row['number']!r} is sent, so its total stands; make it void and write another")
    if not 0 <= after["total_cents"] <= MOST_CENTS:
        raise InkbellError("an invoice can't have this total; correct it")
    changed = [name for name, value in after.items() if row[name] != value]
    if changed:
        connection.execute(sql.change, {**after, "id": invoice_id})
        was, will = ({name: of[name] for name in changed} for of in (row, after))
        _record(connection, invoice_id, "invoice.changed", was, will, actor, now)
    return changed


def send(
    connection: Connection,
    invoice_id: int,
    *,
    actor: access.Actor,
    now: datetime,
    quiet: Quiet | None = None,
    seen: Invoice | None = None,
) -> None:
    """It is paid at once where its deposit covers it; then the customer gets the receipt.

    Raises Conflict when the total is not the one of `seen`, the invoice as the person saw it.
    """
    access.require(connection, actor, "admin", "sales")
    row = _held(connection, invoice_id)
    if row["status"] != "draft":
        raise Conflict(f"invoice {row['number']!r} is {row['status']} already; look again")
    if row["total_cents"] <= 0:
        raise InkbellError(f"invoice {row['number']!r} has no total yet; enter one before it is sent")
    if seen and row["total_cents"] != seen.total_cents:
        raise Conflict(f"the total of invoice {row['number']!r} has been changed meanwhile; look at it, then send it")
    _speak(connection, actor, quiet)
    sent = connection.execute(sql.send, {"id": invoice_id, "now": now}).fetchone()
    assert sent is not None
    _record(connection, invoice_id, "invoice.sent", {"status": "draft"}, {"status": sent["status"]}, actor, now)


def void(connection: Connection, invoice_id: int, *, actor: access.Actor, now: datetime) -> None:
    access.require(connection, actor, "admin", "sales")
    row = _held(connection, invoice_id)
    if row["status"] not in ("draft", "sent"):
        raise Conflict(f"invoice {row['number']!r} is {row['status']} already; look again")
    if row["amount_paid_cents"]:
        raise Conflict(f"invoice {row['number']!r} has payments; take them back before it is void")
    _speak(connection, actor, None)
    connection.execute(sql.void, {"id": invoice_id})
    connection.execute(queries.load("payments").look_soon, {"invoice_id": invoice_id, "now": now})
    _record(connection, invoice_id, "invoice.void", {"status": row["status"]}, {"status": "void"}, actor, now)


def dispute(connection: Connection, invoice_id: int, disputed: bool, *, actor: access.Actor, now: datetime) -> bool:
    """While it is disputed its reminders are held; False when it was so already."""
    return _quiet(connection, invoice_id, {"disputed": disputed}, "invoice.dispute", actor, now)


def pause_reminders(
    connection: Connection, invoice_id: int, until: datetime | None, *, actor: access.Actor, now: datetime
) -> bool:
    """No reminder before `until`; None ends the pause. False when it was so already."""
    return _quiet(connection, invoice_id, {"reminders_paused_until": until}, "invoice.pause", actor, now)


def request_payment_link(
    connection: Connection, invoice_id: int, *, actor: access.Actor, now: datetime, seen: Invoice | None = None
) -> None:
    """Sends the customer a link to pay by card.

    Raises NotConnected, and Conflict where nothing is due or one was asked for since the person saw the invoice.
    """
    access.require(connection, actor, "admin", "sales")
    if not connections.is_connected(connection, "stripe"):
        raise NotConnected("a payment link needs Stripe; an admin connects it on Settings → Connections")
    row = _held(connection, invoice_id)
    if row["status"] != "sent" or row["amount_paid_cents"] >= row["total_cents"]:
        raise Conflict(f"invoice {row['number']!r} has nothing to pay by a link; only a sent one with a balance has")
    if row["payment_pending_at"]:
        raise Conflict(f"a bank payment for invoice {row['number']!r} is on its way; wait for what becomes of it")
    if seen and row["payment_link_requested_at"] != seen.payment_link_requested_at:
        raise Conflict(f"a payment link for invoice {row['number']!r} has been asked for meanwhile; it is on its way")
    _speak(connection, actor, None)
    connection.execute(sql.request_link, {"id": invoice_id, "now": now})
    _record(connection, invoice_id, "invoice.payment_link", None, {"requested": now.isoformat()}, actor, now)


def cents(given: str, currency: str) -> int:
    """ "1,234.50", "$1234.5" or "kr. 482,50" in minor units; raises InkbellError for what could be another sum."""
    places, found = get_currency_precision(currency), _SUM.fullmatch(given)
    if found is None:
        raise _no_amount(given, currency)
    whole, part, mark = found["whole"], found["part"] or ".", found["mark"] or "."
    # "12,500" is twelve and a half to some of those who count in thousandths.
    doubtful = places == 3 and part == "." and re.fullmatch(r"\d+,\d{3}", whole)
    exact = Decimal(f"{''.join(filter(str.isdigit, whole))}.{part[1:]}0").scaleb(places)
    if doubtful or part[0] == mark == "," or exact != exact.to_integral_value() or exact > MOST_CENTS:
        raise _no_amount(given, currency)
    return int(exact)


def _no_amount(given: str, currency: str) -> InkbellError:
    return InkbellError(f"{given!r} is no amount; write it like {decimal(48_250, currency)}")


def decimal(amount: int, currency: str) -> str:
    """Minor units as people type them into a field: 48250 is "482.50"."""
    places = get_currency_precision(currency)
    return f"{Decimal(amount).scaleb(-places):.{places}f}"


def _page(
    connection: Connection,
    now: datetime,
    which: str,
    search: str,
    offset: int,
    *,
    id: int | None = None,
    job_id: int | None = None,
) -> Page:
    wanted = {"which": which, "search": search.strip() or None, "now": now, "id": id, "job_id": job_id}
    rows = connection.execute(sql.page, {**wanted, "limit": PER_PAGE, "offset": offset}).fetchall()
    found = tuple(Invoice(**{name: row[name] for name in Invoice.__slots__}) for row in rows)
    return Page(found, rows[0]["total"] if rows else 0)


def _quiet(
    connection: Connection, invoice_id: int, values: Row, action: str, actor: access.Actor, now: datetime
) -> bool:
    access.require(connection, actor, "admin", "sales")
    row = _held(connection, invoice_id)
    if all(row[name] == value for name, value in values.items()):
        return False
    connection.execute(sql.keep_quiet, row | values)
    _record(connection, invoice_id, action, {name: row[name] for name in values}, values, actor, now)
    return True


def _held(connection: Connection, invoice_id: int) -> Row:
    row = connection.execute(sql.held, {"id": invoice_id}).fetchone()
    if row is None:
        raise Conflict(f"there is no invoice with the id {invoice_id!r} any more; look again")
    return row


def _speak(connection: Connection, actor: access.Actor, quiet: Quiet | None) -> None:
    connection.execute(queries.load("jobs").speak_for, {"actor": access.name(actor), "quiet": quiet or ""})


def _record(
    connection: Connection,
    invoice_id: int,
    action: str,
    before: Row | None,
    after: Row,
    actor: access.Actor,
    now: datetime,
) -> None:
    entry = {"now": now, "actor": access.name(actor), "action": action, "id": invoice_id}
    shown = [Jsonb(row, dumps=_dumps) if row is not None else None for row in (before, after)]
    connection.execute(sql.record, {**entry, "before": shown[0], "after": shown[1]})


def _dumps(value: Any) -> str:
    return json.dumps(value, default=str)
