"""Addresses that nothing is sent to, as staff see and change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from engine import access
from engine.catalog.recipients import e164, mailbox
from engine.errors import InkbellError
from engine.store import facts, queries
from engine.store.database import Connection

Channel = Literal["email", "sms"]
Reason = Literal["opted_out", "bounced"]

q = queries.load("suppression")


@dataclass(frozen=True, slots=True)
class Suppression:
    """Nothing goes to this address on this channel, whichever customers have it."""

    channel: str
    address: str
    reason: str
    since: datetime
    note: str | None


def standing(connection: Connection, most: int = 200) -> list[Suppression]:
    """What is in force, the latest first."""
    return [Suppression(**row) for row in connection.execute(q.standing, {"most": most})]


def add(
    connection: Connection,
    channel: Channel,
    address: str,
    *,
    note: str,
    actor: access.Actor,
    now: datetime,
    reason: Reason = "opted_out",
) -> bool:
    """False when it was in force already. `opted_out` outlives every change of the customer; `bounced` does not."""
    access.require(connection, actor, "admin", "sales")
    known = {"channel": channel, "address": _address(connection, channel, address)}
    note = _note(note)
    before = connection.execute(q.held, known).fetchone()
    if before and before["lifted_at"] is None and (before["reason"] == reason or before["reason"] == "opted_out"):
        return False
    connection.execute(q.suppress, {**known, "reason": reason, "note": note, "now": now})
    _record(connection, "suppression.added", known, before, {"reason": reason, "note": note}, actor, now)
    return True


def lift(
    connection: Connection, channel: Channel, address: str, *, note: str, actor: access.Actor, now: datetime
) -> bool:
    """False when none was in force. A STOP stands with Twilio too: until the customer replies START it comes back."""
    access.require(connection, actor, "admin", "sales")
    known = {"channel": channel, "address": _address(connection, channel, address)}
    note = _note(note)
    before = connection.execute(q.held, known).fetchone()
    if before is None or before["lifted_at"] is not None:
        return False
    connection.execute(q.lift, {**known, "note": note, "now": now})
    _record(connection, "suppression.lifted", known, before, {"note": note}, actor, now)
    return True


def _address(connection: Connection, channel: Channel, given: str) -> str:
    """As it is kept: lower-case, or E.164 as the shop's country reads the number."""
    if channel == "email":
        address = mailbox(given)
    else:
        address = e164(given, facts.shop(connection).country)
    if address is None:
        kind = "email address" if channel == "email" else "phone number"
        raise InkbellError(f"{given!r} is no {kind}; correct it")
    return address.lower()


def _note(given: str) -> str:
    note = given.strip()
    if not note:
        raise InkbellError("a suppression is not changed without a note; say why")
    return note[:500]


def _record(
    connection: Connection,
    action: str,
    known: dict[str, Any],
    before: dict[str, Any] | None,
    after: dict[str, Any],
    actor: access.Actor,
    now: datetime,
) -> None:
    was = (
        {"reason": before["reason"], "note": before["note"], "lifted": before["lifted_at"] is not None}
        if before
        else {}
    )
    connection.execute(
        q.record,
        {
            "now": now,
            "actor": access.name(actor),
            "action": action,
            "subject": f"suppression:{known['channel']}:{known['address']}",
            "before": Jsonb(was) if before else None,
            "after": Jsonb(after),
        },
    )
