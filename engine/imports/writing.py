"""The previewed lines, written at once or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine import access
from engine.errors import Conflict
from engine.imports.mapping import Mapped
from engine.imports.preview import BATCH, Line, Plan, Progress
from engine.jobs import Quiet
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("imports")

Row = dict[str, Any]


def carry_out(
    connection: Connection,
    made: Plan,
    mapped: Mapped,
    *,
    quiet: Quiet | None,
    actor: access.Actor,
    now: datetime,
    progress: Progress | None = None,
) -> None:
    """All lines that are not in error, in one transaction. Quiet 'all' tells nobody; None tells as if typed by hand."""
    access.require(connection, actor, "admin", "sales")
    connection.execute(queries.load("jobs").speak_for, {"actor": access.name(actor), "quiet": quiet or ""})
    noun, done = made.kind.removesuffix("s"), 0
    # In the order in which others lock several records; in any other, each could hold what the other waits for.
    changed = sorted(made.of("update"), key=lambda line: int(line.values["id"]))
    for verb, lines in (("new", made.of("new")), ("change", changed)):
        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH]
            _write(connection, f"{verb}_{noun}", batch)
            done += len(batch)
            if progress:
                progress(done)
    counts: Row = {action: made.count(action) for action in ("new", "update", "same", "error")}
    after = {**counts, "quiet": quiet, "columns": dict(mapped.columns), "statuses": dict(mapped.statuses)}
    told = {"now": now, "actor": access.name(actor), "kind": made.kind}
    connection.execute(sql.remember, {**told, "after": Jsonb(after)})


def _write(connection: Connection, statement: str, lines: Sequence[Line]) -> None:
    """One exchange with the database for the whole batch: line by line, a server far away took minutes."""
    with connection.cursor() as cursor:
        cursor.executemany(getattr(sql, statement), [line.values for line in lines], returning=True)
        for line, result in zip(lines, cursor.results(), strict=True):
            if result.fetchone() is None:
                raise Conflict(f"line {line.number} has been changed meanwhile by somebody else; look at it again")
