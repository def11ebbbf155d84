"""The minutes after a move: what the customer is about to hear, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine import access, jobs
from engine.errors import Conflict, NotAllowed
from engine.store import calendar, queries
from engine.store.database import Connection

sql = queries.load("grace")

LONGER = 20
"""Seconds beyond the grace period for which a move is spoken of, so that what came of it can be read."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message to the customer. `at` is when it goes, or went."""

    channel: str
    status: str
    reason: str | None
    at: datetime
    mode: str | None
    channel_fault: str | None

    @property
    def waits(self) -> bool:
        return self.status in ("queued", "held")

    @property
    def has_left(self) -> bool:
        return self.status in ("sending", "sent", "delivered", "unknown")


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did a moment ago. Not `decided`: the sidecar has not looked at it yet."""

    event_id: int
    type: str
    job_id: int | None
    job_number: str | None
    invoice_number: str | None
    from_status: str
    to_status: str
    due_again: bool
    quiet: bool
    decided: bool
    until: datetime
    messages: tuple[Waiting, ...]

    @property
    def is_move(self) -> bool:
        return self.type == "job.status_changed"

    @property
    def can_be_undone(self) -> bool:
        return self.is_move and not any(message.has_left for message in self.messages)

    @property
    def can_be_hushed(self) -> bool:
        return not self.quiet and (not self.decided or any(message.waits for message in self.messages))


def recent(connection: Connection, actor: access.Actor, now: datetime, most: int = 3) -> tuple[Deed, ...]:
    """The latest first; what was undone or overtaken is not spoken of any more."""
    rows = connection.execute(sql.recent, {"actor": access.name(actor), "now": now, "longer": LONGER}).fetchall()
    return tuple(_deed(row) for row in rows if _still_stands(row, rows))[:most]


def undo(connection: Connection, event_id: int, *, actor: access.Actor, now: datetime) -> None:
    """Moves the job back, and the customer hears of neither move, but of all that waited when it was cancelled.

    Raises Conflict when they have heard already.
    """
    row = _held(connection, event_id, actor)
    if row["type"] != "job.status_changed":
        raise Conflict("only a move can be undone; correct this one by hand")
    if (left := connection.execute(sql.left, {"id": event_id}).fetchone()) and left["count"]:
        raise Conflict("the customer has been told already; move the job by hand")
    jobs.move(
        connection, row["subject_id"], row["payload"]["from"], actor=actor, quiet="customers", was=row["payload"]["to"]
    )
    _hush(connection, event_id, "no_net_change", "the move was undone")
    connection.execute(sql.revive, {"id": event_id, "now": now})
    _record(connection, event_id, "move.undone", actor, now, 0)


def dont_send(connection: Connection, event_id: int, *, actor: access.Actor, now: datetime) -> int:
    """How many messages stay here for good; what happened itself stands."""
    row = _held(connection, event_id, actor)
    kept = _hush(connection, event_id, "discarded", None)
    if row["handled_at"] is not None and not kept:
        raise Conflict("nothing waits any more; Messages says what became of it")
    _record(connection, event_id, "message.discarded", actor, now, kept)
    return kept


def send_now(connection: Connection, event_id: int, *, actor: access.Actor, now: datetime) -> int:
    """How many messages go at once; texts still wait for the hours in which they may go."""
    _held(connection, event_id, actor)
    hurried = len(connection.execute(sql.hurry, {"id": event_id, "now": now}).fetchall())
    if not hurried:
        raise Conflict("nothing waits any more; Messages says what became of it")
    _record(connection, event_id, "message.hurried", actor, now, hurried)
    return hurried


def _held(connection: Connection, event_id: int, actor: access.Actor) -> dict[str, Any]:
    person = access.require(connection, actor, *access.ROLES)
    row = connection.execute(sql.held, {"id": event_id}).fetchone()
    if row is None:
        raise Conflict(f"there is no event with the id {event_id!r} any more; look again")
    if person.role == "production" and row["payload"].get("actor") != access.name(actor):
        raise NotAllowed("production takes back its own moves only; ask sales")
    return row


def _hush(connection: Connection, event_id: int, reason: str, detail: str | None) -> int:
    connection.execute(sql.hush, {"id": event_id})
    return len(connection.execute(sql.cancel, {"id": event_id, "reason": reason, "detail": detail}).fetchall())


def _record(
    connection: Connection, event_id: int, action: str, actor: access.Actor, now: datetime, messages: int
) -> None:
    entry = {"now": now, "actor": access.name(actor), "action": action, "id": event_id}
    connection.execute(sql.record, {**entry, "after": Jsonb({"messages": messages})})


def _still_stands(row: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    if row["type"] == "invoice.paid":
        later = [other for other in rows if other["id"] > row["id"] and other["due_again"]]
        return row["invoice_number"] not in [other["invoice_number"] for other in later]
    if row["type"] != "job.status_changed":
        return True
    said = row["payload"]
    takes_back = said.get("quiet") and any(
        other["type"] == row["type"]
        and other["job_id"] == row["job_id"]
        and other["id"] < row["id"]
        and (other["payload"]["from"], other["payload"]["to"]) == (said["to"], said["from"])
        for other in rows
    )
    return row["job_status"] == said["to"] and not takes_back


def _deed(row: dict[str, Any]) -> Deed:
    said = row["payload"]
    return Deed(
        event_id=row["id"],
        type=row["type"],
        job_id=row["job_id"],
        job_number=row["job_number"],
        invoice_number=row["invoice_number"],
        from_status=said.get("from", ""),
        to_status=said.get("to", ""),
        due_again=row["due_again"],
        quiet=bool(said.get("quiet")),
        decided=row["decided"],
        until=row["until"],
        messages=tuple(
            Waiting(
                channel=m["channel"],
                status=m["status"],
                reason=m["reason"],
                at=calendar.moment(m["sent_at"] or m["at"]),
                mode=m["mode"],
                channel_fault=m["channel_fault"],
            )
            for m in row["messages"] or ()
        ),
    )
