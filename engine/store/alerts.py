"""Alerts to admins: notices in the app about Inkbell itself, and word of an outage by a channel that still works."""

from __future__ import annotations

from datetime import datetime

from markupsafe import escape

from engine import settings
from engine.catalog.recipients import e164, mailbox
from engine.store import queries
from engine.store.database import Connection

KEY = "system_alert"

sql = queries.load("alert")


def tell_admins(
    connection: Connection, *, now: datetime, cause: str, subject: str, body: str, event_id: int | None = None
) -> None:
    """One notice per active admin, or one for all when there is none; once per `cause` for ever.

    A cause that may come back names its outage or its day, so that the next one is told again.
    """
    connection.execute(
        sql.tell_admins, {"now": now, "event_id": event_id, "cause": cause, "subject": subject, "body": body}
    )


def tell_elsewhere(connection: Connection, *, now: datetime, failing: str, cause: str, subject: str, body: str) -> None:
    """Word of a provider's outage to the shop's alert address or number, once per cause and day of the shop.

    `failing` is smtp, twilio or stripe. Email that fails is told by text, anything else by email; a shop that has only
    the address or number of the failing channel is told in the app alone.
    """
    shop = connection.execute(sql.alert_desk, {"now": now}).fetchone()
    if shop is None:
        return
    email, phone = mailbox(shop["alert_email"]), e164(shop["alert_phone"], shop["country"])
    by_text = failing == "smtp" or (failing != "twilio" and not email)
    if not (to := phone if by_text else email):
        return
    text = body if not by_text else f"{shop['name']}: {subject}. Messages wait; look at Health in Inkbell."
    connection.execute(
        sql.tell_elsewhere,
        {
            "now": now,
            "channel": "sms" if by_text else "email",
            "to": to,
            "dedupe_key": f"{KEY}:{failing}:{cause}:{shop['today']}:shop",
            "subject": None if by_text else subject,
            "text": text,
            "html": None if by_text else f"<!doctype html><body><p>{escape(body)}</p></body>",
            "rfc_message_id": None if by_text else settings.message_id(shop["email"]),
        },
    )


def provider_told_of(dedupe_key: str) -> str:
    """Whose outage a message of `tell_elsewhere` is about."""
    return dedupe_key.split(":")[1]
