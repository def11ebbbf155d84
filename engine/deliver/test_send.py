"""Sends what somebody is writing to themself: through the outbox and its gate, and never to a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from psycopg.types.json import Jsonb

from engine import access, settings
from engine.catalog.facts import Event, Facts, Shop
from engine.catalog.recipients import Recipient, e164, mailbox
from engine.catalog.rule import ADMINS, ANY_TIME, EMAIL, Channel, Rule
from engine.compose.composed import Composed
from engine.deliver import channel as channels
from engine.deliver import gate
from engine.deliver.channel import Desk
from engine.deliver.letter import Ready, Written
from engine.deliver.outbox import Claim, Settled
from engine.errors import InkbellError, NotConnected
from engine.settings import Mode
from engine.store import connections, queries
from engine.store import facts as records
from engine.store.database import Connection

KEY = "test_send"
WORTH_SENDING = timedelta(hours=1)
"""Nobody waits longer for a test; one that was kept back by a pause or an outage does not surprise them tomorrow."""

sql = queries.load("test_send")


class NoAddress(InkbellError):
    """A test has nowhere to go, or would go to somebody else."""


@dataclass(frozen=True, slots=True)
class Queued:
    """`to` is where it goes in `mode`: in the sandbox nowhere, in redirect mode perhaps to the shop's test address."""

    message_id: int
    to: str
    mode: Mode
    paused: bool


def usual_address(shop: Shop, person: access.Person, channel: str) -> str:
    """Where a test goes when nothing else is said; '' when that has to be asked. Staff have an address, no number."""
    if channel == EMAIL:
        return person.email or shop.redirect_email or shop.alert_email or ""
    return shop.redirect_phone or shop.alert_phone or ""


def to_myself(
    connection: Connection,
    rule: Rule,
    content: Composed,
    actor: access.Actor,
    *,
    now: datetime,
    to: str | None = None,
    wording_version_id: int | None = None,
) -> Queued:
    """Waits for the next sender. Somebody who signed in gets email at their own address, whatever `to` says.

    Raises NoAddress, NotConnected, NotAllowed.
    """
    person = access.require(connection, actor, "admin", "sales")
    shop = records.shop(connection)
    desk = channels.desk(connection, rule.by)
    address = _address(connection, shop, person, rule.by, to)
    provider = channels.PROVIDERS[rule.by]
    if not desk.here and not connections.is_connected(connection, provider):
        raise NotConnected(f"{rule.by} is not connected, so no test can be sent; an admin connects {provider!r}")
    row = connection.execute(
        sql.queue,
        {
            "now": now,
            "channel": rule.by,
            "staff_id": actor if isinstance(actor, int) else None,
            "to": address,
            "dedupe_key": f"{KEY}:{uuid4().hex}",
            "wording_version_id": wording_version_id,
            "subject": f"[Test] {content.subject}" if rule.by == EMAIL else None,
            "body_text": content.text,
            "body_html": content.html or None,
            "rfc_message_id": settings.message_id(shop.email) if rule.by == EMAIL else None,
            "mode": desk.mode,
        },
    ).fetchone()
    assert row is not None
    connection.execute(
        sql.audit,
        {"actor": access.name(actor), "subject": f"rule:{rule.key}", "after": Jsonb({"message_id": row["id"]})},
    )
    return Queued(row["id"], address, desk.mode, desk.paused)


def look(connection: Connection, claim: Claim, desk: Desk, now: datetime) -> Ready | Settled:
    """The last look at a test: what was written is still there, and nothing leaves that may not."""
    row = connection.execute(sql.written, {"id": claim.id}).fetchone()
    if row is None or row["body_text"] is None or (row["staff_id"] and not row["active"]):
        return Settled("cancelled", "no_longer_true", "whoever asked for the test is gone")
    if now - claim.send_after > WORTH_SENDING:
        return Settled("expired", "stale")
    if row["suppressed"]:
        return Settled("cancelled", row["suppressed"])
    who = Recipient("test", staff_id=claim.staff_id, address=claim.to_address)
    go = gate.look_at_test(claim, who, desk, own=bool(row["own"]))
    if isinstance(go, Settled):
        return go
    shop = records.shop(connection)
    content = Composed(row["subject"] or "", "", row["body_text"], row["body_html"] or "")
    event = Event(0, KEY, "message", claim.id, {}, now)
    rule = _rule(EMAIL if claim.channel == EMAIL else "sms")
    return Ready(claim, rule, Facts(event, shop), go, Written(content, row["wording_version_id"]))


def _rule(by: Channel) -> Rule:
    return Rule(key=KEY, title="Test", says="", on=KEY, when=ANY_TIME, to=ADMINS, by=by, default=True, kind="staff")


def _address(connection: Connection, shop: Shop, person: access.Person, channel: str, to: str | None) -> str:
    own = channel == EMAIL and person.email is not None
    given = person.email if own else (to or "").strip() or usual_address(shop, person, channel)
    if not given:
        raise NoAddress(f"nobody knows where to send the test; name your own {_THING[channel]}")
    address = mailbox(given) if channel == EMAIL else e164(given, shop.country)
    if address is None:
        raise NoAddress(f"{given!r} is no {_THING[channel]}; correct it")
    row = connection.execute(sql.customer_with, {"channel": channel, "to": address}).fetchone()
    if not own and row and row["any"]:
        raise NoAddress(f"{address!r} belongs to a customer; a test goes to yourself, so name your own")
    return address


_THING = {"email": "email address", "sms": "phone number"}
