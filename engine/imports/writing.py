"""The previewed lines, written at once or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine import access
from engine.errors import Conflict
from engine.imports.mapping import Mapped
from engine.imports.preview import Plan
from engine.jobs import Quiet
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("imports")

Row = dict[str, Any]


def carry_out(
    connection: Connection, made: Plan, mapped: Mapped, *, quiet: Quiet | None, actor: access.Actor, now: datetime
) -> None:
    """All lines that are not in error, in one transaction. Quiet 'all' tells nobody; None tells as if typed by hand."""
    access.require(connection, actor, "admin", "sales")
    connection.execute(queries.load("jobs").speak_for, {"actor": access.name(actor), "quiet": quiet or ""})
    noun = made.kind.removesuffix("s")
    for line in made.lines:
        if line.action not in ("new", "update"):
            continue
        statement = getattr(sql, f"{'new' if line.action == 'new' else 'change'}_{noun}")
        if connection.execute(statement, line.values).fetchone() is None:
            raise Conflict(f"line {line.number} is gone meanwhile; look at the preview again")
    counts: Row = {action: made.count(action) for action in ("new", "update", "same", "error")}
    after = {**counts, "quiet": quiet, "columns": dict(mapped.columns), "statuses": dict(mapped.statuses)}
    told = {"now": now, "actor": access.name(actor), "kind": made.kind}
    connection.execute(sql.remember, {**told, "after": Jsonb(after)})
