"""The people of the shop: who may sign in, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from email_validator import EmailNotValidError, validate_email
from psycopg.types.json import Jsonb

from engine import access
from engine.errors import Conflict, InkbellError
from engine.store import queries
from engine.store.database import Connection


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    name: str
    email: str
    role: access.Role
    active: bool


def everybody(connection: Connection) -> tuple[Member, ...]:
    """Those who may sign in first, then those who have left."""
    return tuple(Member(**row) for row in connection.execute(queries.load("staff").everybody))


def deactivate(connection: Connection, staff_id: int, *, actor: access.Actor) -> bool:
    """False when they had left already; they are out at their next click. Raises Conflict for the last admin."""
    access.require(connection, actor, "admin")
    q = queries.load("staff")
    admins = [row["email"] for row in connection.execute(q.admins)]
    row = connection.execute(q.leaving, {"id": staff_id}).fetchone()
    if row is None:
        return False
    if admins == [row["email"]]:
        raise Conflict(f"{row['email']!r} is the only admin; add another admin first")
    before = {"name": row["name"], "role": row["role"], "active": True}
    connection.execute(q.leave, {"id": staff_id})
    connection.execute(
        q.record,
        {
            "actor": access.name(actor),
            "action": "staff.deactivated",
            "subject": f"staff:{staff_id}",
            "before": Jsonb(before),
            "after": Jsonb(before | {"active": False}),
        },
    )
    return True


def add(
    connection: Connection, email: str, name: str, role: access.Role, *, actor: access.Actor
) -> Literal["added", "changed", "unchanged"]:
    """Somebody known already gets this name and role, and may sign in again; raises Conflict for the last admin."""
    access.require(connection, actor, "admin")
    address, name = _address(email), name.strip()
    if not name or not name.isprintable():
        raise InkbellError("a member of staff needs a readable name; say --name 'Their Name'")
    q = queries.load("staff")
    admins = [row["email"] for row in connection.execute(q.admins)]
    if admins == [address] and role != "admin":
        raise Conflict(f"{address!r} is the only admin; add another admin first")
    before = connection.execute(q.known, {"email": address}).fetchone()
    after = {"name": name, "role": role, "active": True}
    if before == after:
        return "unchanged"
    row = connection.execute(q.put, {"email": address, "name": name, "role": role}).fetchone()
    assert row is not None
    connection.execute(
        q.record,
        {
            "actor": access.name(actor),
            "action": "staff.changed" if before else "staff.added",
            "subject": f"staff:{row['id']}",
            "before": Jsonb(before) if before else None,
            "after": Jsonb(after),
        },
    )
    return "changed" if before else "added"


def _address(email: str) -> str:
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise InkbellError(f"{email!r} is no email address ({str(error).rstrip('.')}); correct it") from None
