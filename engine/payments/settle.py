"""What a Checkout Session's state means for its invoice; the caller holds the invoice's row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from engine.payments.amount import from_stripe, spoken
from engine.payments.provider import Session
from engine.store import alerts, queries
from engine.store.database import Connection

sql = queries.load("payments")
log = structlog.get_logger()

Row = dict[str, Any]
ACTOR = "stripe"
DUE_AGAIN = "The invoice is due again; the customer may not know it yet."
NOTHING_DUE = "Nothing of the invoice is due, so there is nothing to do."


def held(connection: Connection, invoice_id: int, now: datetime) -> Row | None:
    """The invoice with its balance, locked until the transaction ends."""
    return connection.execute(sql.held, {"id": invoice_id, "now": now}).fetchone()


def settle(connection: Connection, invoice: Row, row: Row, session: Session, now: datetime) -> str:
    """Writes what has become of the session, once, and returns its status: open, pending, paid, failed or expired."""
    if session.status == "open":
        return "open"
    status = "expired"
    if session.paid:
        status = "paid"
    elif session.came_back:
        status = "failed"
    elif session.status == "complete":
        status = "pending"
    if connection.execute(sql.mark, {"id": row["id"], "status": status, "now": now}).fetchone() is None:
        return status
    log.info("checkout settled", invoice=invoice["id"], status=status)
    connection.execute(sql.speak_for, {"actor": ACTOR})
    if status == "pending":
        connection.execute(sql.set_pending, {"id": invoice["id"], "now": now})
    elif row["status"] == "pending":
        connection.execute(sql.clear_pending, {"id": invoice["id"]})
    if status == "paid":
        _receive(connection, invoice, row, session, now)
    elif status == "failed":
        _tell_of_failure(connection, invoice, row, session, now)
    return status


def enter(connection: Connection, invoice: Row, actor: str, now: datetime, **payment: Any) -> int | None:
    """One payment with its line in the audit; None when the provider's payment was known already."""
    connection.execute(sql.speak_for, {"actor": actor})
    written = connection.execute(
        sql.pay, {"invoice_id": invoice["id"], "actor": actor, "now": now, **payment}
    ).fetchone()
    if written is None:
        return None
    connection.execute(sql.paid_at, {"id": invoice["id"], "now": now})
    after = {name: payment[name] for name in ("amount_cents", "method", "reference")}
    after["received_on"] = payment["received_on"].isoformat()
    connection.execute(sql.audit, {"actor": actor, "invoice_id": invoice["id"], "after": Jsonb(after), "now": now})
    return int(written["id"])


def _receive(connection: Connection, invoice: Row, row: Row, session: Session, now: datetime) -> None:
    cents, currency = from_stripe(session.amount, row["currency"]), row["currency"]
    if currency != invoice["currency"]:
        _tell_of_surplus(connection, invoice, session, spoken(cents, currency, invoice["locale"]), now)
        return
    written = enter(
        connection,
        invoice,
        ACTOR,
        now,
        amount_cents=cents,
        method="stripe",
        reference=None,
        received_on=invoice["today"],
        provider_id=session.payment_intent or session.id,
    )
    surplus = cents - invoice["balance_cents"]
    if written is not None and surplus > 0:
        _tell_of_surplus(connection, invoice, session, spoken(surplus, currency, invoice["locale"]), now)


def _tell_of_surplus(connection: Connection, invoice: Row, session: Session, amount: str, now: datetime) -> None:
    """The customer paid in the minute in which the balance changed, or an invoice that was void by then."""
    alerts.tell_admins(
        connection,
        now=now,
        cause=f"overpaid:{session.id}",
        subject=f"Too much was paid for invoice {invoice['number']}",
        body=f"A customer paid {amount} by card that was no longer due. Refund it in Stripe's dashboard.",
    )


def _tell_of_failure(connection: Connection, invoice: Row, row: Row, session: Session, now: datetime) -> None:
    amount = spoken(row["amount_cents"], row["currency"], invoice["locale"])
    # Whoever was asked meanwhile may have paid in another way.
    due = invoice["status"] == "sent" and invoice["balance_cents"] > 0
    alerts.tell_admins(
        connection,
        now=now,
        cause=f"debit_failed:{session.id}",
        subject=f"The bank payment of invoice {invoice['number']} came back",
        body=f"The customer's bank did not pay {amount}. {DUE_AGAIN if due else NOTHING_DUE}",
    )
