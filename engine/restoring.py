"""Brings a backup back into use: nothing leaves by itself, and an admin sees what was under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from engine import access
from engine.capture import due
from engine.decide import run as deciding
from engine.store import alerts, backup, database, fingerprint
from engine.store.database import Connection
from engine.store.migrate import migrate

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Restored:
    """`events` had happened and were not worked through; `before` is a dump of what the backup took the place of."""

    held: int
    events: tuple[str, ...]
    before: Path | None
    is_copy: bool


@dataclass(frozen=True, slots=True)
class LastRestore:
    """`held`: how many messages still wait for somebody to look; `events`: how many were older than the backup."""

    at: datetime
    actor: str
    file: str
    held: int
    events: int
    named: tuple[str, ...]


def last(connection: Connection) -> LastRestore | None:
    row = connection.execute(backup.sql.last_restore).fetchone()
    if row is None:
        return None
    held = connection.execute(backup.sql.held).fetchone()
    assert held is not None
    ids = row["events"] or []
    events = connection.execute(backup.sql.events, {"ids": ids, "most": MOST_NAMED})
    return LastRestore(row["at"], row["actor"], row["file"], held["held"], len(ids), tuple(map(_named, events)))


def restore(file: Path, *, actor: access.Actor) -> Restored:
    """
    The older events are decided at once, and what they would say to customers is held as `restored` too.

    Marking them handled would lose what was never said; leaving them would say again what was.
    """
    with database.transaction() as connection:
        now = database.now(connection)
        access.require(connection, actor, "admin")
    before = backup.restore(file, now)
    migrate()
    with database.transaction() as connection:
        waiting = connection.execute(backup.sql.waiting).fetchall()
    events = tuple(map(_named, waiting))
    due.scan(now)
    deciding.decide_all(now)
    with database.transaction() as connection:
        connection.execute(backup.sql.hold_decided)
        row = connection.execute(backup.sql.held).fetchone()
        assert row is not None
        done = Restored(row["held"], events, before, fingerprint.is_copy(connection))
        alerts.tell_admins(
            connection, now=now, cause=f"restored:{now.isoformat()}", subject="A backup was restored", body=_told(done)
        )
        after = Jsonb({"file": file.name, "held": done.held, "events": [row["id"] for row in waiting]})
        connection.execute(backup.sql.record, {"now": now, "actor": access.name(actor), "after": after})
    return done


def _named(event: dict[str, Any]) -> str:
    moment = event["occurred_at"].astimezone(UTC)
    return f"{event['type']} of {event['subject_table']} {event['subject_id']}, {moment:%Y-%m-%d %H:%M} UTC"


def _told(done: Restored) -> str:
    named = "".join(f"\n- {event}" for event in done.events[:MOST_NAMED])
    more = f"\n- and {len(done.events) - MOST_NAMED} more" if len(done.events) > MOST_NAMED else ""
    older = f" These events were older than the backup and not worked through:{named}{more}" if done.events else ""
    return (
        f"All sending is paused. {done.held} messages are held, because they may have gone out already: look at each "
        f"on the Messages page, release or discard it, then switch sending on again.{older}"
    )
