"""The link behind a record, and a new one in place of one that got into the wrong hands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine import access, links
from engine.errors import Conflict
from engine.store import queries
from engine.store.database import Connection

Kind = Literal["customer", "artwork", "invoice"]
"""Whose link: the customer's page, one proof version's, or the invoice's for viewing and paying."""

q = queries.load("link_token")


@dataclass(frozen=True, slots=True)
class Link:
    """`url` is '' while the shop has no public address; `version` is a proof's, else None."""

    kind: Kind
    id: int
    url: str
    version: int | None = None


def of(connection: Connection, kind: str, id: int, *, actor: access.Actor) -> Link | None:
    """The customer's link behind a record; a job's is that of its newest proof, None before there is one.

    Whoever knows it can approve or pay, so it is for those who see customers' addresses. Raises NotAllowed.
    """
    access.require(connection, actor, "admin", "sales")
    row = connection.execute(q.of_record, {"kind": kind, "id": id}).fetchone()
    if row is None:
        return None
    page = {"customer": links.portal, "artwork": links.art, "invoice": links.invoice}[row["kind"]]
    return Link(row["kind"], row["id"], page(links.base(row["public_url"]), row["token"]), row["version"])


def renew(connection: Connection, kind: Kind, id: int, *, actor: access.Actor, now: datetime) -> None:
    """The old link ends here; the new one is in whatever is sent from now on. Raises NotAllowed and Conflict."""
    access.require(connection, actor, "admin", "sales")
    renewing = {"customer": q.renew_customer, "artwork": q.renew_artwork, "invoice": q.renew_invoice}[kind]
    if connection.execute(renewing, {"id": id}).fetchone() is None:
        raise Conflict(f"there is no {kind} with the id {id!r} any more; look again")
    connection.execute(q.record, {"kind": kind, "id": id, "actor": access.name(actor), "now": now})
