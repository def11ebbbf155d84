"""One job, invoice or customer: found by what people say, and everything that happened to it in one line of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engine.deliver import log
from engine.store import queries
from engine.store.database import Connection

Kind = Literal["job", "invoice", "customer"]
KINDS: tuple[Kind, ...] = ("job", "invoice", "customer")

MOST = 200
"""Of each sort of thing that can happen; a record with more shows the latest."""

sql = queries.load("record")


@dataclass(frozen=True, slots=True)
class Found:
    """`key` is what stands in the record's address: a number, or a customer's id."""

    kind: Kind
    key: str
    title: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """`facts` are the columns of its head, as `record.sql` names them."""

    kind: Kind
    id: int
    customer_id: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """`who` made it, None where nobody is known; `message` is set where the moment is a message."""

    at: datetime
    what: str
    text: str
    who: str | None = None
    detail: str | None = None
    message: log.Line | None = None


Money = Callable[[int, str], str]
"""Cents and a currency, as this shop writes them."""


def find(connection: Connection, words: str, most: int = 20) -> tuple[Found, ...]:
    """Numbers, names, email addresses, and at least five digits of a telephone number; nothing for no words."""
    if not words.strip():
        return ()
    return tuple(Found(**row) for row in connection.execute(sql.find, {"words": words.strip(), "most": most}))


def lately(connection: Connection, most: int = 8) -> tuple[Found, ...]:
    """The jobs and invoices of the latest events, the last to change first."""
    return tuple(Found(**row) for row in connection.execute(sql.lately, {"most": most}))


def read(connection: Connection, kind: Kind, key: str) -> Record | None:
    """`key` is the number of a job or an invoice, or a customer's id."""
    statement = {"job": sql.job, "invoice": sql.invoice, "customer": sql.customer}[kind]
    row = connection.execute(statement, {"key": key}).fetchone()
    return None if row is None else Record(kind, row["id"], row.get("customer_id") or row["id"], row)


def timeline(connection: Connection, record: Record, money: Money) -> tuple[Moment, ...]:
    """The latest first."""
    known = _newest(connection, record, MOST) | {
        "of_customer": record.customer_id,
        "kind": record.kind,
        "id": record.id,
        "most": MOST,
    }
    began = connection.execute(sql.began, known).fetchone()
    known["since"] = began["created_at"] if began and record.kind != "customer" else None
    moments = [
        *(_event(row) for row in connection.execute(sql.happened, known)),
        *(moment for row in connection.execute(sql.proofs, known) for moment in _proof(row)),
        *(_payment(row, money) for row in connection.execute(sql.payments, known)),
        *(Moment(row["at"], "reply", "The customer texted", None, row["body"]) for row in _replies(connection, known)),
        *(_message(line) for line in log.lines(connection, known["message_ids"])),
    ]
    if began:
        moments.append(Moment(began["created_at"], "entered", f"{record.kind.capitalize()} entered"))
    return tuple(sorted(moments, key=lambda moment: moment.at, reverse=True))


def seen(connection: Connection, record: Record, most: int = 10) -> tuple[log.Seen, ...]:
    """What reached the customer about this record, the oldest first."""
    ids = None if record.kind == "customer" else _newest(connection, record, None)["event_ids"]
    return log.seen(connection, record.customer_id, ids, most)


def _newest(connection: Connection, record: Record, most: int | None) -> dict[str, Any]:
    """Ids of all that belongs to the record, and of the newest `most` of what happened and was said; None: of all."""
    scope = connection.execute(sql.scope, {"kind": record.kind, "id": record.id}).fetchone()
    assert scope is not None
    whose = {"customer_id": record.id if record.kind == "customer" else None, "most": most}
    newest = connection.execute(sql.newest, scope | whose).fetchone()
    assert newest is not None
    return scope | newest


def _replies(connection: Connection, known: dict[str, Any]) -> Sequence[dict[str, Any]]:
    return connection.execute(sql.replies, known).fetchall()


_SAYS = {
    "order.received": "Ordered through the portal",
    "invoice.sent": "Invoice {invoice} sent",
    "invoice.paid": "Invoice {invoice} paid",
    "due again": "A payment taken back, invoice {invoice} due again",
    "invoice.payment_link_requested": "Payment link asked for, invoice {invoice}",
    "invoice.due_soon": "Invoice {invoice} due soon",
    "invoice.overdue": "Invoice {invoice} overdue",
    "invoice.overdue_30": "Invoice {invoice} 30 days overdue",
    "invoice.overdue_60": "Invoice {invoice} 60 days overdue",
    "invoice.overdue_90": "Invoice {invoice} 90 days overdue",
    "reorder.requested": "Asked to order again",
}
_WHO = {
    "local": "the local admin",
    "command line": "the command line",
    "sidecar": "Inkbell",
    "portal": "the customer",
    "stripe": "Stripe",
}


def spoken(name: str | None) -> str | None:
    """Who acted, as people say it: a member of staff by name, a program by what it is."""
    return _WHO.get(name, name) if name else None


def _event(row: dict[str, Any]) -> Moment:
    kind, who = row["type"], spoken(row["who"])
    if kind == "job.status_changed":
        text = f"Job {row['job_number']} moved to {row['to_label'] or 'a status that is gone'}"
        before = f"from {row['from_label']}" if row["from_label"] else None
        return Moment(row["at"], "moved", text, who or "the shop’s system", before)
    if kind == "job.tracking_added":
        return Moment(row["at"], "shipped", f"Job {row['job_number']}: tracking added", who, row["packages"])
    text = _SAYS.get("due again" if row["due_again"] else kind, kind).format(invoice=row["invoice_number"])
    return Moment(row["at"], "reply" if kind == "reorder.requested" else "event", text, who)


def _proof(row: dict[str, Any]) -> Iterator[Moment]:
    name = f"Proof {row['version']} of job {row['job_number']}"
    yield Moment(row["sent_at"], "proof", f"{name} sent")
    if row["decided_at"]:
        who = row["decided_by"] or ("the customer" if row["decided_via"] == "portal" else None)
        said = row["decline_reason"] if row["status"] == "declined" else row["decided_note"]
        yield Moment(row["decided_at"], row["status"], f"{name} {row['status']}", who, said)


def _payment(row: dict[str, Any], money: Money) -> Moment:
    amount = money(row["amount_cents"], row["currency"])
    how = f"by {row['method']}" if row["method"] else None
    return Moment(row["at"], "paid", f"{amount} received for invoice {row['invoice_number']}", spoken(row["who"]), how)


def _message(line: log.Line) -> Moment:
    at = line.sent_at or line.created_at
    return Moment(at, "message", line.title, None, line.sentence, line)
