"""The statuses of a job, as the shop calls, orders and announces them."""

from __future__ import annotations

from datetime import datetime

from psycopg.types.json import Jsonb

from engine import access
from engine.catalog.statuses import JobStatus
from engine.errors import InkbellError
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("job_statuses")

MOST_LETTERS = 60


def in_order(connection: Connection) -> tuple[JobStatus, ...]:
    """In the shop's order."""
    return tuple(JobStatus(**row) for row in connection.execute(sql.all))


def change(
    connection: Connection,
    key: str,
    *,
    label: str,
    customer_label: str,
    announce: bool,
    after: str | None,
    actor: access.Actor,
    now: datetime,
) -> bool:
    """False when nothing changed. `after` is the key it comes behind, None for the first place."""
    access.require(connection, actor, "admin")
    label, customer_label = label.strip(), customer_label.strip()
    for words in (label, customer_label):
        if not words or len(words) > MOST_LETTERS or not words.isprintable():
            raise InkbellError(f"a status needs a readable name of up to {MOST_LETTERS} letters; {words!r} is none")
    rows = {row["key"]: row for row in connection.execute(sql.held)}
    if key not in rows or (after is not None and (after not in rows or after == key)):
        raise InkbellError(f"there is no status {key!r}, or no place behind {after!r}; load the page again")
    order = [other for other in rows if other != key]
    order.insert(order.index(after) + 1 if after else 0, key)
    before = _shown(rows[key]) | {"after": _ahead(list(rows), key)}
    wanted = {"label": label, "customer_label": customer_label, "announce": announce, "after": after}
    if before == wanted:
        return False
    connection.execute(sql.change, {"key": key, **wanted})
    for position, other in enumerate(order, start=1):
        connection.execute(sql.place, {"key": other, "position": position})
    told = {"now": now, "actor": access.name(actor), "key": key}
    connection.execute(sql.record, {**told, "before": Jsonb(before), "after": Jsonb(wanted)})
    return True


def _shown(row: dict[str, object]) -> dict[str, object]:
    return {
        "label": row["label"],
        "customer_label": row["customer_label"] or row["label"],
        "announce": row["announce"],
    }


def _ahead(keys: list[str], key: str) -> str | None:
    place = keys.index(key)
    return keys[place - 1] if place else None
