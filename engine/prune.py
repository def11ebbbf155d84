"""Empties what is long over: contents and attempts go; rows and their keys stay, for they prevent a repeat."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from psycopg.types.json import Jsonb

from engine import access
from engine.errors import InkbellError
from engine.store import database, queries

q = queries.load("prune")

BATCH = 1000
LEAST = timedelta(days=30)
"""Retries, reports, pauses between reminders and the surge guard read back some days at most."""


def prune(
    older_than: timedelta, *, actor: access.Actor, now: datetime | None = None, batch: int = BATCH
) -> Counter[str]:
    """Works in transactions of `batch` rows, so it can be stopped and repeated at will. Counts what was emptied."""
    if older_than < LEAST:
        raise InkbellError(f"{older_than.days} days are too few to prune; name at least {LEAST.days}d")
    with database.transaction() as connection:
        access.require(connection, actor, "admin")
        now = now or database.now(connection)
    done: Counter[str] = Counter()
    for statement in (q.messages, q.events, q.texts):
        after: int | None = 0
        while after is not None:
            with database.transaction() as connection:
                access.require(connection, actor, "admin")
                limits = {"after": after, "before": now - older_than, "most": batch}
                row = connection.execute(statement, limits).fetchone()
                assert row is not None
                after = row.pop("last")
                done.update(row)
    if done := +done:
        with database.transaction() as connection:
            told = {"now": now, "actor": access.name(actor), "after": Jsonb({**done, "days": older_than.days})}
            connection.execute(q.record, told)
    return done
