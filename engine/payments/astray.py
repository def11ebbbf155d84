"""Bank payments that no connected Stripe account knows of: admins are told, and a person says when none came."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

from psycopg.types.json import Jsonb

from engine import access
from engine.access import Actor
from engine.errors import Conflict, NotConnected
from engine.payments import provider
from engine.payments.provider import Session
from engine.payments.settle import Row, held, settle, sql
from engine.store import alerts
from engine.store.database import Connection

ANSWER_SECONDS = 10.0


def tell(connection: Connection, invoice: Row, session: Row, now: datetime) -> None:
    """Once for each payment; nothing where nothing of the invoice is due any more."""
    if invoice["status"] != "sent" or invoice["balance_cents"] == 0:
        return
    alerts.tell_admins(
        connection,
        now=now,
        cause=f"debit_astray:{session['provider_id']}",
        subject=f"Nobody will hear what becomes of the bank payment of invoice {invoice['number']}",
        body=(
            "It was begun with a Stripe account that is not connected any more. Until it is settled the customer is "
            "not reminded and can’t pay by card. Look for it in that account’s dashboard: if it was paid, record the "
            "payment on the invoice; if not, press “The payment did not come” there, under More."
        ),
    )


def did_not_come(connection: Connection, invoice_id: int, *, actor: Actor, now: datetime) -> str:
    """Makes the invoice due again: `due`, or what Stripe knows of the payment after all, `paid` or `failed`.

    Raises Conflict while Stripe waits for the bank, and ProviderUnavailable when it can't be asked.
    """
    access.require(connection, actor, "admin", "sales")
    invoice = held(connection, invoice_id, now)
    if invoice is None or invoice["payment_pending_at"] is None:
        raise Conflict("no payment of this invoice is on its way any more; look again")
    rows = connection.execute(sql.pending, {"invoice_id": invoice_id}).fetchall()
    became = "due"
    for row, session in _asked(connection, rows):
        status = settle(connection, invoice, row, session, now) if session else "unknown"
        if status == "pending":
            raise Conflict(
                f"Stripe still waits for the bank payment of invoice {invoice['number']!r}, which takes a few days; "
                "what becomes of it shows here by itself"
            )
        if session:
            became = status
        else:
            connection.execute(sql.mark, {"id": row["id"], "status": "failed", "now": now})
    if became == "due":
        connection.execute(sql.clear_pending, {"id": invoice_id})
        before = Jsonb({"payment_pending_at": invoice["payment_pending_at"].isoformat()})
        entry = {"actor": access.name(actor), "invoice_id": invoice_id, "before": before, "now": now}
        connection.execute(sql.audit_due_again, entry)
    return became


def _asked(connection: Connection, rows: list[Row]) -> list[tuple[Row, Session | None]]:
    """What Stripe knows of each; where none is connected, nobody knows anything."""
    if not rows:
        return []
    try:
        stripe = provider.connected(connection, timeout=ANSWER_SECONDS, retries=0)
    except NotConnected:
        return [(row, None) for row in rows]
    with closing(stripe):
        return [(row, stripe.find(row["provider_id"])) for row in rows]
