"""The way to Stripe's payment page, for what is due at that moment."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import structlog

from engine import links
from engine.errors import InkbellError, NotPayable, ProviderUnavailable
from engine.payments import provider, watch
from engine.payments.amount import MINIMUM_CENTS, spoken, stripe_step, to_stripe
from engine.payments.provider import Stripe
from engine.payments.settle import Row, held, settle, sql
from engine.store import alerts, connections, database
from engine.store.database import Connection

log = structlog.get_logger()

ANSWER_SECONDS = 10.0
ENOUGH_TIME = timedelta(minutes=15)
"""A session that dies sooner is replaced: nobody should lose it while looking for their card."""

_PENDING = "a bank payment for invoice {number!r} is on its way; it takes a few days, nothing else is to be done"
_WRONG_SIZE = ("amount_too_small", "amount_too_large")


def checkout_url(
    *,
    pay_token: str | None = None,
    invoice_id: int | None = None,
    now: datetime | None = None,
    return_url: str | None = None,
) -> str:
    """
    Stripe's page for the invoice's balance; it lives for a day, so redirect to it and never send it.

    Its transactions are its own, as what Stripe tells on the way (an older session was paid, the key is refused) must
    stand even where this raises: NotPayable and NotConnected with a sentence, ProviderUnavailable when Stripe is down.
    `return_url` None means the invoice's page; `now` None means Postgres' clock.
    """
    with database.transaction() as connection:
        now = now or database.now(connection)
        invoice = _found(connection, pay_token, invoice_id, now)
        if (refusal := _refusal(invoice)) and invoice["status"] != "paid":
            raise refusal
        return_url = return_url or links.invoice(links.base(invoice["public_url"]), invoice["pay_token"])
        if not return_url:
            raise NotPayable("customers have no page to come back to; set INKBELL_PUBLIC_URL")
        if refusal and not connection.execute(sql.live, {"invoice_id": invoice["id"]}).fetchone():
            raise refusal
        stripe = provider.connected(connection, timeout=ANSWER_SECONDS, retries=1)
    try:
        with database.transaction() as connection:
            answer = _open(connection, stripe, invoice["id"], now, return_url)
            if isinstance(answer, str):
                connections.note_error(connection, "stripe", None, now=now)
    except provider.CredentialsRefused as error:
        watch.note_refusal(error, now)
        raise
    except provider.Refused as error:
        log.error("checkout refused", invoice=invoice["id"], code=error.code)
        _tell_of_refusal(invoice, error.code, now)
        raise ProviderUnavailable(str(error)) from None
    finally:
        stripe.close()
    if isinstance(answer, InkbellError):
        raise answer
    return answer


def _tell_of_refusal(invoice: Row, code: str, now: datetime) -> None:
    """Once a day for each of Stripe's reasons: mostly it is the account, and all other invoices meet it too."""
    with database.transaction() as connection:
        alerts.tell_admins(
            connection,
            now=now,
            cause=f"checkout_refused:{code}:{invoice['today']}",
            subject=f"Invoice {invoice['number']} can't be paid by card",
            body=(
                f"Stripe refuses to open a payment page for it ({code}), and perhaps for others. Customers who press "
                "Pay read that card payments are out of order. Look at what Stripe's dashboard says of the account "
                "and of this request, and let them pay another way until then."
            ),
        )


def _open(
    connection: Connection, stripe: Stripe, invoice_id: int, now: datetime, return_url: str
) -> str | InkbellError:
    """The address, or the error to raise once what was learnt on the way is committed."""
    while True:
        invoice = held(connection, invoice_id, now)
        if invoice is None:
            return NotPayable("there is no such invoice any more; ask the shop")
        refusal = _refusal(invoice)
        row = connection.execute(sql.live, {"invoice_id": invoice_id}).fetchone()
        if row is None:
            if refusal or invoice["payment_pending_at"]:
                return refusal or NotPayable(_PENDING.format(**invoice))
            if (made := _create(connection, stripe, invoice, now, return_url)) is not None:
                return made
            continue
        session = stripe.find(row["provider_id"])
        if session and session.status == "open":
            fits = (row["amount_cents"], row["currency"]) == (invoice["balance_cents"], invoice["currency"])
            lasts = row["expires_at"] is None or row["expires_at"] > now + ENOUGH_TIME
            if session.url and fits and lasts and refusal is None and invoice["payment_pending_at"] is None:
                return session.url
            session = stripe.expire(session.id)
        if session is None and row["status"] == "pending":
            return NotPayable(_PENDING.format(**invoice))
        if session is None:
            connection.execute(sql.mark, {"id": row["id"], "status": "expired", "now": now})
        elif settle(connection, invoice, row, session, now) == "pending":
            return NotPayable(_PENDING.format(**invoice))


def _create(
    connection: Connection, stripe: Stripe, invoice: Row, now: datetime, return_url: str
) -> str | InkbellError | None:
    """None when Stripe replayed an earlier answer, whose session may be dead by now."""
    counted = connection.execute(sql.next_n, {"invoice_id": invoice["id"]}).fetchone()
    assert counted is not None
    n, cents, currency = counted["n"], invoice["balance_cents"], invoice["currency"]
    row = {"invoice_id": invoice["id"], "n": n, "amount_cents": cents, "currency": currency, "now": now}
    params = _params(invoice, return_url)
    digest = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:32]
    try:
        session = stripe.create(params, f"{invoice['id']}:{cents}:{n}:{digest}")
    except provider.Broken as error:
        connection.execute(sql.remember, row | {"provider_id": None, "status": "lost", "expires_at": None})
        return error
    except provider.Refused as error:
        if error.code not in _WRONG_SIZE:
            raise
        amount = spoken(cents, currency, invoice["locale"])
        return NotPayable(f"Stripe takes no card payment of {amount}; pay invoice {invoice['number']!r} another way")
    known = {"provider_id": session.id, "status": "open", "expires_at": session.expires_at}
    connection.execute(sql.remember, row | known)
    log.info("checkout made", invoice=invoice["id"], n=n)
    return None if session.replayed else session.url


def _params(invoice: Row, return_url: str) -> dict[str, Any]:
    name = f"Invoice {invoice['number']}"
    metadata = {"invoice_id": str(invoice["id"]), "invoice_number": invoice["number"]}
    price = {
        "currency": invoice["currency"].lower(),
        "unit_amount": to_stripe(invoice["balance_cents"], invoice["currency"]),
        "product_data": {"name": name},
    }
    return {
        "mode": "payment",
        "submit_type": "pay",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": return_url,
        "cancel_url": return_url,
        "client_reference_id": f"invoice:{invoice['id']}",
        "metadata": metadata,
        "payment_intent_data": {"description": name, "metadata": metadata},
        # Otherwise Stripe may offer the sum in the currency of the customer's country.
        "adaptive_pricing": {"enabled": False},
    }


def _found(connection: Connection, pay_token: str | None, invoice_id: int | None, now: datetime) -> Row:
    if pay_token is not None:
        row = connection.execute(sql.by_token, {"pay_token": pay_token}).fetchone()
        invoice_id = row["id"] if row else None
    invoice = None if invoice_id is None else held(connection, invoice_id, now)
    if invoice is None:
        raise NotPayable("there is no such invoice; ask the shop for a new link")
    return invoice


def _refusal(invoice: Row) -> NotPayable | None:
    number, cents, currency = invoice["number"], invoice["balance_cents"], invoice["currency"]
    if invoice["status"] == "draft":
        return NotPayable(f"invoice {number!r} is still a draft; it can be paid once it is sent")
    if invoice["status"] == "void":
        return NotPayable(f"invoice {number!r} is void; nothing is to be paid")
    if invoice["status"] == "paid" or cents == 0:
        return NotPayable(f"invoice {number!r} is paid; nothing is due any more")
    if cents < MINIMUM_CENTS:
        due, least = (spoken(sum_, currency, invoice["locale"]) for sum_ in (cents, MINIMUM_CENTS))
        return NotPayable(
            f"only {due} of invoice {number!r} is due and card payments begin at {least}; pay another way"
        )
    if to_stripe(cents, currency) is None:
        step = spoken(stripe_step(currency), currency, invoice["locale"])
        return NotPayable(f"card payments in {currency} go in steps of {step}; pay invoice {number!r} another way")
    return None
