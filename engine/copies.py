"""A copy of the shop's database stays in the sandbox until an admin makes it a shop of its own."""

from __future__ import annotations

from datetime import datetime

from engine import access
from engine.store import fingerprint, queries
from engine.store.database import Connection

SAYS = (
    "This is a copy of another database, so nothing leaves. If the original is gone for good, adopt this one: "
    "then it writes to customers again."
)


def is_copy(connection: Connection) -> bool:
    return fingerprint.is_copy(connection)


def adopt(connection: Connection, *, actor: access.Actor, now: datetime) -> bool:
    """False when it is no copy. What was sent into the sandbox meanwhile stays there."""
    access.require(connection, actor, "admin")
    if not fingerprint.adopt(connection):
        return False
    connection.execute(queries.load("fingerprint").record, {"now": now, "actor": access.name(actor)})
    return True
