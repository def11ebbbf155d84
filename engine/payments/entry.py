"""Payments that people enter: cash or a check at the counter, a transfer, a deposit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from psycopg.types.json import Jsonb

from engine import access
from engine.access import Actor
from engine.errors import Conflict, NotPayable
from engine.payments.amount import spoken
from engine.payments.settle import Row, enter, held, sql
from engine.store import database, queries
from engine.store.database import Connection


def record_payment(
    connection: Connection,
    invoice_id: int,
    amount_cents: int,
    method: str,
    reference: str | None,
    received_on: date,
    actor: Actor,
    now: datetime | None = None,
    quiet: Literal["customers", "all"] | None = None,
    paid_before: int | None = None,
) -> int:
    """
    The id of the new payment; the invoice is paid when its balance reaches 0.

    A deposit on a draft is welcome, even while it has no prices. `quiet` sends no receipt. `paid_before` is what the
    person saw to be paid already, in cents. Raises NotAllowed, and NotPayable with a sentence.
    """
    with connection.transaction():
        access.require(connection, actor, "admin", "sales")
        now = now or database.now(connection)
        invoice = held(connection, invoice_id, now)
        if invoice is None:
            raise NotPayable(f"there is no invoice with the id {invoice_id!r} any more; look again")
        if refusal := _refusal(invoice, amount_cents, method.strip(), received_on):
            raise NotPayable(refusal)
        if paid_before not in (None, invoice["amount_paid_cents"]):
            raise NotPayable(
                f"a payment of invoice {invoice['number']!r} has been recorded meanwhile; look whether it is this one"
            )
        if quiet:
            connection.execute(sql.keep_quiet, {"quiet": quiet})
        payment_id = enter(
            connection,
            invoice,
            access.name(actor),
            now,
            amount_cents=amount_cents,
            method=method.strip(),
            reference=(reference or "").strip() or None,
            received_on=received_on,
            provider_id=None,
        )
        assert payment_id is not None
        connection.execute(sql.look_soon, {"invoice_id": invoice_id, "now": now})
        return payment_id


def take_back(connection: Connection, payment_id: int, *, actor: Actor, now: datetime) -> None:
    """
    As if it had never been entered; the invoice is due again, and reminders that it stopped wait as they did.

    The customer is told nothing of it. What Stripe received is given back there. Raises NotAllowed, and Conflict with
    a sentence.
    """
    with connection.transaction():
        access.require(connection, actor, "admin", "sales")
        payment = connection.execute(sql.payment, {"id": payment_id}).fetchone()
        invoice = held(connection, payment["invoice_id"], now) if payment else None
        if payment is None or invoice is None:
            raise Conflict("this payment is taken back already; look again")
        if payment["provider_id"] is not None:
            raise Conflict("the customer paid this through Stripe; refund it in Stripe's dashboard")
        if invoice["status"] == "void":
            raise Conflict(f"invoice {invoice['number']!r} is void, so its payments stand; look again")
        connection.execute(sql.speak_for, {"actor": access.name(actor)})
        connection.execute(sql.keep_quiet, {"quiet": "customers"})
        gone = connection.execute(sql.take_back, {"id": payment_id}).fetchone()
        if gone is None:
            raise Conflict("this payment is taken back already; look again")
        told = {"actor": access.name(actor), "invoice_id": invoice["id"], "now": now}
        before = gone | {"received_on": gone["received_on"].isoformat()}
        connection.execute(sql.audit_taken_back, {**told, "before": Jsonb(before)})
        if paid := connection.execute(sql.paid_by, {"invoice_id": invoice["id"]}).fetchone():
            connection.execute(queries.load("grace").revive, {"id": paid["id"], "now": now})
        connection.execute(sql.look_soon, {"invoice_id": invoice["id"], "now": now})


def _refusal(invoice: Row, cents: int, method: str, received_on: date) -> str | None:
    number, currency, locale = invoice["number"], invoice["currency"], invoice["locale"]
    if cents <= 0:
        return f"a payment of {spoken(cents, currency, locale)} is none; enter what was received"
    if not method:
        return "a payment needs a method; say how it was received, such as 'check'"
    if received_on > invoice["today"]:
        return f"{received_on.isoformat()} is yet to come; enter the day on which the payment was received"
    if invoice["status"] == "void":
        return f"invoice {number!r} is void; record the payment on another invoice"
    balance = invoice["balance_cents"]
    if balance == 0 and not _without_prices(invoice):
        return f"invoice {number!r} is paid; record the payment on another invoice"
    if cents > balance and not _without_prices(invoice):
        due, given = (spoken(amount, currency, locale) for amount in (balance, cents))
        return f"{given} is more than the {due} that invoice {number!r} has due; enter {due} at most"
    return None


def _without_prices(invoice: Row) -> bool:
    return bool(invoice["status"] == "draft" and invoice["total_cents"] == 0)
