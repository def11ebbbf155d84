"""A new link in place of one that got into the wrong hands."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from engine import access
from engine.errors import Conflict
from engine.store import queries
from engine.store.database import Connection

Kind = Literal["customer", "artwork", "invoice"]
"""Whose link: the customer's page, one proof version's, or the invoice's for viewing and paying."""

q = queries.load("link_token")


def renew(connection: Connection, kind: Kind, id: int, *, actor: access.Actor, now: datetime) -> None:
    """The old link ends here; the new one is in whatever is sent from now on. Raises NotAllowed and Conflict."""
    access.require(connection, actor, "admin", "sales")
    renewing = {"customer": q.renew_customer, "artwork": q.renew_artwork, "invoice": q.renew_invoice}[kind]
    if connection.execute(renewing, {"id": id}).fetchone() is None:
        raise Conflict(f"there is no {kind} with the id {id!r} any more; look again")
    connection.execute(q.record, {"kind": kind, "id": id, "actor": access.name(actor), "now": now})
