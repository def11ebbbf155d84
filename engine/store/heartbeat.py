"""The sidecar's sign of life."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from engine.store import queries
from engine.store.database import Connection

sql = queries.load("heartbeat")

EVERY_SECONDS = 10
FRESH_SECONDS = 60


def beat(connection: Connection, instance: str, details: dict[str, Any]) -> None:
    connection.execute(sql.beat, {"instance": instance, "details": Jsonb(details)})


def forget(connection: Connection, instance: str) -> None:
    connection.execute(sql.forget, {"instance": instance})


def is_fresh(connection: Connection) -> bool:
    """Whether any sidecar has beaten within the last minute, by Postgres' real clock."""
    row = connection.execute(sql.fresh, {"seconds": FRESH_SECONDS}).fetchone()
    return bool(row and row["alive"])
