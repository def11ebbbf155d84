"""What one pass of the sidecar does, whether it runs for ever or once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import structlog

from engine import payments
from engine.capture import due
from engine.decide import run as deciding
from engine.deliver import aftercare, outbox
from engine.deliver.dispatch import Dispatcher
from engine.errors import Conflict, DatabaseExhausted, DatabaseUnreachable, InkbellError, named
from engine.store import alerts, backup, database, schema

log = structlog.get_logger()

ONCE_SECONDS = 1.0
"""A run by hand reports an outage at once; what it had in hand is settled by its lease."""


def upkeep(now: datetime | None) -> Counter[str]:
    """Takes back what a dead sender left, and lets go what was held for something that has passed.

    Raises SchemaAhead, and writes nothing, when a newer version has migrated the database.
    """
    with database.transaction() as connection:
        schema.refuse_newer(connection)
        moment = now or database.now(connection)
        tally = outbox.recover(connection, moment)
        tally["released"] += outbox.release_held(connection, moment)
        outbox.keep_from_ageing(connection, moment)
    return +tally


def ask_providers(now: datetime | None) -> Counter[str]:
    """Learns what became of what providers took. As slow as they are, so nothing else should wait for it."""
    return payments.refresh_open_sessions(now) + aftercare.reconcile(now) + aftercare.follow(now)


def once(now: datetime | None = None) -> Counter[str]:
    """Decides and delivers until nothing is left that is due at `now` (None: Postgres' clock). Counts what it did."""
    with database.transaction() as connection:
        moment = now or database.now(connection)
        connection.execute(outbox.sql.probe_now, {"now": moment})
    total = payments.refresh_open_sessions(moment, at_once=True)
    dispatcher = Dispatcher(moment, patience=ONCE_SECONDS)
    try:
        while True:
            done = Counter(due=due.scan(moment)) + upkeep(moment) + ask_providers(moment) + deciding.decide_all(moment)
            while delivered := dispatcher.deliver():
                done += delivered
            total += done
            if not done:
                return total
    finally:
        dispatcher.close()


def tell_of_exhaustion(error: DatabaseExhausted, now: datetime | None = None) -> bool:
    """Admins hear once a day that Postgres had no room, as soon as it has room for that; until then False."""
    try:
        with database.transaction() as connection:
            moment = now or database.now(connection)
            alerts.tell_admins(
                connection,
                now=moment,
                cause=f"database:{moment:%Y-%m-%d}",
                subject="The database ran out of room",
                body=f"{error}. Nothing is lost: customers hear what they have to hear, only later.",
            )
    except DatabaseUnreachable:
        return False
    return True


def back_up(now: datetime | None = None) -> bool:
    """A dump when the last one is older than a day. One that fails is told to admins once a week and tried again."""
    try:
        with database.transaction() as connection:
            moment = now or database.now(connection)
        if not backup.is_due(moment):
            return False
        backup.make(moment)
        log.info("backed up")
        return True
    except (Conflict, DatabaseUnreachable):
        return False
    except (InkbellError, OSError) as error:
        log.error("backup failed", error=named(error))
        year, week, _ = moment.isocalendar()
        with database.transaction() as connection:
            alerts.tell_admins(
                connection,
                now=moment,
                cause=f"backup:{year}-{week}",
                subject="The nightly backup failed",
                body=f"{error}. It is tried again by itself; the newest backup is the one of "
                f"{f'{last:%Y-%m-%d}' if (last := backup.last(moment)) else 'no day at all'}.",
            )
        return False
