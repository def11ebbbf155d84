"""What Stripe tells by itself: each event once, in whatever order they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from engine.errors import InkbellError
from engine.payments import provider
from engine.payments.settle import held, settle, sql
from engine.store import connections, queries
from engine.store.database import Connection

q = queries.load("stripe_hook")
log = structlog.get_logger()

FAILED = "checkout.session.async_payment_failed"
TYPES = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        FAILED,
        "checkout.session.expired",
    }
)


class Forged(InkbellError):
    """The signature is missing, false or too old, or there is no secret to check it with."""


class Unreadable(InkbellError):
    """Stripe signed it, and it is no checkout session as we know them; asking Stripe finds out what became of it."""


def receive(connection: Connection, payload: bytes, signature: str, *, now: datetime) -> str:
    """What the event came to: a checkout's status, `repeated`, `ignored` or `not ours`. Raises Forged, Unreadable.

    The age of a signature is judged by the SDK with the host's clock.
    """
    event = _verified(connection, payload, signature)
    if event.type not in TYPES:
        return "ignored"
    if connection.execute(q.once, {"id": event.id, "type": event.type, "now": now}).fetchone() is None:
        return "repeated"
    outcome = _settle(connection, event, now)
    connection.execute(q.note, {"id": event.id, "outcome": outcome})
    log.info("stripe told", type=event.type, outcome=outcome)
    return outcome


def _settle(connection: Connection, event: Any, now: datetime) -> str:
    session = _session(event)
    known = connection.execute(q.session, {"provider_id": session.id}).fetchone()
    invoice = held(connection, known["invoice_id"], now) if known else None
    if known is None or invoice is None:
        return "not ours"
    row = connection.execute(sql.session, {"id": known["id"]}).fetchone()
    assert row is not None
    if event.type == FAILED:
        # The event carries the payment's id and not its status; its type says the same.
        session = replace(session, intent_status="requires_payment_method")
    if row["status"] not in ("open", "pending"):
        return "nothing new"
    return settle(connection, invoice, row, session, now)


def _session(event: Any) -> provider.Session:
    try:
        session = provider.read(event.data.object)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError):
        session = None
    if session is None or not _is_whole(session):
        log.warning("stripe told what can't be read", type=event.type)
        raise Unreadable("this event holds no checkout session that can be read")
    return session


def _is_whole(session: provider.Session) -> bool:
    texts = [session.id, session.status, session.payment_status]
    texts += [text for text in (session.url, session.payment_intent, session.intent_status) if text is not None]
    return all(map(_is_plain, texts)) and type(session.amount) is int


def _is_plain(text: object) -> bool:
    """As Stripe's own ids and words are; anything else might be what no database keeps."""
    return isinstance(text, str) and text.isascii() and text.isprintable()


def _verified(connection: Connection, payload: bytes, signature: str) -> Any:
    values = connections.settings_of(connection, "stripe") or {}
    secret = values.get("webhook_secret")
    if not secret:
        raise Forged("Stripe's webhooks can't be checked; enter the signing secret on Settings → Connections")
    import stripe

    try:
        event = stripe.Webhook.construct_event(payload, signature, secret)
        if _is_plain(event.id) and _is_plain(event.type):
            return event
    except (stripe.SignatureVerificationError, ValueError, AttributeError, TypeError, KeyError):
        pass
    raise Forged("this is not from Stripe; its signature is false or too old, or it is no event")
