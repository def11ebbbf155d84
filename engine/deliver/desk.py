"""What people do with a message: release it, discard it, send it again, put it aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from engine import access
from engine.access import Actor
from engine.catalog.facts import Facts
from engine.catalog.reasons import REASONS, said
from engine.catalog.recipients import Recipient, recipients
from engine.catalog.rules import find
from engine.compose.composed import Composed
from engine.deliver import channel as channels
from engine.deliver import gate, letter
from engine.deliver.channel import Desk
from engine.deliver.outbox import Claim, Settled
from engine.errors import Conflict, NotAllowed, WordingRefused
from engine.settings import Mode
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("desk")

FOR_ADMINS = frozenset({"surge", "sandboxed", "restored"})
"""Held because many customers could be told something at once; sales may release and discard the rest."""

WAITS = ("queued", "sending", "held")
OVER = ("sent", "delivered", "failed", "unknown", "skipped", "cancelled", "expired")


@dataclass(frozen=True, slots=True)
class Again:
    """One message as it would go out now. `problem` is a sentence when it can't; `opens` when it has to wait."""

    message_id: int
    name: str
    to: str | None
    mode: Mode
    content: Composed | None = None
    opens: datetime | None = None
    problem: str | None = None


def switched_off(connection: Connection, message_ids: Sequence[int]) -> tuple[str, ...]:
    """The titles of rules that are off, so that a release of what is held would end in nothing."""
    rows = connection.execute(sql.switched_off, {"ids": list(message_ids)})
    return tuple(found.title for row in rows if (found := find(row["rule_key"])))


def release(connection: Connection, message_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """How many moved from held to queued; the last look is asked once more for each. Raises NotAllowed."""
    _may_decide(connection, message_ids, actor)
    mode = channels.desk(connection, "email").mode
    known = {"ids": list(message_ids), "now": now, "actor": access.name(actor), "mode": mode}
    released = connection.execute(sql.release, known).fetchall()
    if released:
        connection.execute(sql.ring)
    return len(released)


def discard(connection: Connection, message_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """How many will never go out; those that have left in the meantime are not among them. Raises NotAllowed."""
    _may_decide(connection, message_ids, actor)
    known = {"ids": list(message_ids), "now": now, "actor": access.name(actor)}
    return len(connection.execute(sql.discard, known).fetchall())


def put_aside(connection: Connection, message_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """Failed ones and those in doubt that somebody has dealt with; they keep their status. Raises NotAllowed."""
    access.require(connection, actor, "admin", "sales")
    known = {"ids": list(message_ids), "now": now, "actor": access.name(actor)}
    return len(connection.execute(sql.put_aside, known).fetchall())


def again(connection: Connection, message_ids: Sequence[int], now: datetime) -> tuple[Again, ...]:
    """Each as it would go out now: to today's address, from today's facts."""
    rows = connection.execute(sql.known, {"ids": list(message_ids)}).fetchall()
    around = records.around(connection)
    event_of = {row["id"]: row["event_id"] for row in rows if row["event_id"]}
    known = records.for_messages(connection, event_of, around)
    desks = {channel: channels.desk(connection, channel) for channel in channels.PROVIDERS}
    return tuple(
        _again(connection, row, known.get(row["id"]), around.on, desks.get(row["channel"]), now) for row in rows
    )


def send_again(connection: Connection, message_id: int, *, actor: Actor, now: datetime, to: str) -> int:
    """The new message's id. `to` is the address that the person was shown.

    Raises Conflict when the message can't go out again or the address has changed since, NotAllowed.
    """
    access.require(connection, actor, "admin", "sales")
    row = connection.execute(sql.known, {"ids": [message_id]}).fetchone()
    if row is None:
        raise Conflict(f"there is no message {message_id!r}; look again")
    connection.execute(sql.hold_first, {"ids": [row["first_id"]]})
    (ready,) = again(connection, [message_id], now)
    if ready.problem:
        raise Conflict(f"message {message_id} was not sent again: {ready.problem.rstrip('.')}")
    if ready.to != to:
        raise Conflict(f"the address has changed from {to!r} to {ready.to!r} meanwhile; look again, then send it")
    new = connection.execute(
        sql.again,
        {"first_id": row["first_id"], "now": now, "to": ready.to, "mode": ready.mode, "random": uuid4().hex},
    ).fetchone()
    assert new is not None
    noted = {"now": now, "actor": access.name(actor), "id": message_id, "again": new["id"]}
    connection.execute(sql.note_again, noted)
    connection.execute(sql.ring)
    return int(new["id"])


def _may_decide(connection: Connection, message_ids: Sequence[int], actor: Actor) -> None:
    person = access.require(connection, actor, "admin", "sales")
    reasons = {row["reason"] for row in connection.execute(sql.held_for, {"ids": list(message_ids)})}
    if person.role != "admin" and (theirs := sorted(reasons & FOR_ADMINS)):
        raise NotAllowed(
            f"messages held as {theirs[0]!r} are for an admin to release or discard; ask an admin, or leave them out"
        )


def _again(
    connection: Connection,
    row: dict[str, object],
    facts: Facts | None,
    on: Mapping[str, bool],
    desk: Desk | None,
    now: datetime,
) -> Again:
    claim = _as_claimed(row, now)
    rule = find(claim.rule_key)
    mode: Mode = desk.mode if desk else "sandbox"
    if rule is None or facts is None or desk is None or not rule.to_customer:
        return Again(claim.id, "", claim.to_address, mode, problem="Only a customer’s email or text can be sent again.")
    who = next((r for r in recipients(rule, facts) if r.customer_id == claim.customer_id), Recipient("nobody"))
    if row["on_its_way"] or row["status"] in WAITS:
        return Again(claim.id, who.name, who.address, mode, problem="It is on its way already.")
    looked = gate.look(claim, rule, facts, on, desk, now)
    opens = looked.try_after if isinstance(looked, Settled) and looked.status == "queued" else None
    if isinstance(looked, Settled) and opens is None:
        return Again(claim.id, who.name, who.address, mode, problem=_sentence(looked))
    try:
        content = letter.write(connection, rule, facts, now).content
    except WordingRefused:
        return Again(claim.id, who.name, who.address, mode, problem=REASONS["wording_broken"])
    return Again(claim.id, who.name, who.address, mode, content, opens)


def _sentence(looked: Settled) -> str:
    sentence = said(looked.reason, looked.detail) if looked.reason else "It can’t go out now."
    return f"{sentence[:-1]}: {looked.detail}." if looked.detail and looked.reason == "no_longer_true" else sentence


def _as_claimed(row: dict[str, object], now: datetime) -> Claim:
    """As the sender would hold it, so that the last look can be asked beforehand."""
    given = {
        name: row[name]
        for name in ("id", "event_id", "rule_key", "channel", "customer_id", "staff_id", "to_address", "dedupe_key")
    }
    return Claim(
        **given,  # type: ignore[arg-type]
        lease=0,
        leased_until=now,
        send_after=now,
        try_after=None,
        age_from=None,
        attempts=0,
        mode=None,
        rfc_message_id=None,
        resend_of=row["id"],  # type: ignore[arg-type]
    )
