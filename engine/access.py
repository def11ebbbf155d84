"""Who acts, and what their role lets them do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from engine.errors import NotAllowed
from engine.store import queries
from engine.store.database import Connection

Role = Literal["admin", "sales", "production"]
ROLES: tuple[Role, ...] = ("admin", "sales", "production")


class Outsider(StrEnum):
    """Actors without a staff row. The last two are never a screen's: only programs on the server use them."""

    LOCAL = "local"
    COMMAND_LINE = "command line"
    SIDECAR = "sidecar"


LOCAL = Outsider.LOCAL
COMMAND_LINE = Outsider.COMMAND_LINE
SIDECAR = Outsider.SIDECAR

Actor = int | Outsider
"""A staff row's id, or somebody outside that table."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, as read at that moment; every write reads the staff row again."""

    actor: Actor
    name: str
    role: Role
    email: str | None = None

    @property
    def sees_contents(self) -> bool:
        """Addresses, money, and therefore whole messages."""
        return self.role in ("admin", "sales")

    @property
    def may_move_any_job(self) -> bool:
        return self.role in ("admin", "sales")


LOCAL_ADMIN = Person(LOCAL, "Local admin", "admin")

_SPOKEN = {"admin": "an admin", "sales": "a sales person", "production": "somebody in production"}


def name(actor: Actor) -> str:
    """How the ledger writes it: `staff:7`, `local`, `command line`, `sidecar`."""
    return f"staff:{actor}" if isinstance(actor, int) else actor.value


def require(connection: Connection, actor: Actor, *roles: Role) -> Person:
    """The actor, read and held in this transaction; raises NotAllowed unless their role is one of `roles`."""
    if isinstance(actor, Outsider):
        return Person(actor, actor.value.capitalize(), "admin")
    person = find(connection, actor, hold=True)
    if person is None:
        raise NotAllowed(f"nobody active on the staff has the id {actor!r}; ask an admin")
    if person.role not in (roles or ROLES):
        needed = " or ".join(_SPOKEN[role] for role in roles)
        raise NotAllowed(f"{person.name!r} is not allowed to do this; ask {needed}")
    return person


def find(connection: Connection, staff_id: int, *, hold: bool = False) -> Person | None:
    """The active member of staff; with `hold` the row can't change until the transaction ends."""
    q = queries.load("access")
    row = connection.execute(q.held if hold else q.active, {"id": staff_id}).fetchone()
    return None if row is None else Person(row["id"], row["name"], row["role"], row["email"])


def an_admin_exists(connection: Connection) -> bool:
    return connection.execute(queries.load("access").an_admin).fetchone() is not None


def sign_in(connection: Connection, claims: Mapping[str, Any], *, trusted_issuer: str | None = None) -> Person:
    """
    The member of staff whom these OpenID Connect claims name; raises NotAllowed with what to do.

    The first sign-in ties the row to the provider's account, so that an address which later belongs to somebody else
    opens nothing. `trusted_issuer` vouches for its addresses without saying `email_verified`, as single-tenant ones do.
    """
    email = str(claims.get("email") or "").strip().lower()
    issuer, subject = str(claims.get("iss") or ""), str(claims.get("sub") or "")
    verified = claims.get("email_verified") in (True, "true")
    if not email or not issuer or not subject:
        raise NotAllowed("the sign-in service did not say who you are; ask an admin to check its scopes")
    if not verified and issuer != trusted_issuer:
        raise NotAllowed(f"the address {email!r} is not verified; verify it with your sign-in service, then try again")
    q = queries.load("access")
    row = connection.execute(q.by_email, {"email": email}).fetchone()
    if row is None:
        raise NotAllowed(f"{email!r} is not on the staff; ask an admin to add you")
    account = {"id": row["id"], "issuer": issuer, "subject": subject}
    known = (row["oidc_issuer"], row["oidc_subject"]) == (issuer, subject)
    if not known and connection.execute(q.tie, account).fetchone() is None:
        raise NotAllowed(
            f"{email!r} belongs to another account of the sign-in service; "
            "if that is right, ask an admin to deactivate you and add you anew"
        )
    return Person(row["id"], row["name"], row["role"], row["email"])


def not_local(
    host: str | None, address: str | None, header_names: Iterable[str], origin: str | None = None
) -> str | None:
    """Why a request did not come straight from a browser on this machine, or None when it did.

    `origin` is the page's that sent it, where it says so.
    """
    if any(map(_OF_PROXIES.match, header_names)):
        return "it came through a proxy"
    if not _is_here(host):
        return "it asks for another host than localhost"
    try:
        loopback = ip_address(address or "").is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        return "it came from another machine"
    # Told the address to ask for, a proxy leaves the host out; browsers then still say where the page is from, or
    # null for the forms of our own that keep their address to themselves.
    if origin not in (None, "null") and not _is_here(origin.partition("//")[2]):
        return "it comes from a page at another address"
    return None


_OF_PROXIES = re.compile(
    r"(x-)?forwarded|via$|(x-)?(original|envoy|amzn|azure|cf|cloudflare|fastly|fly)-"
    r"|(x-)?(real|true|client|cluster|connecting|remote|appengine).*(ip|addr)$",
    re.IGNORECASE,
)


def _is_here(host: str | None) -> bool:
    try:
        return urlsplit(f"//{host or ''}").hostname in ("localhost", "127.0.0.1", "::1")
    except ValueError:
        return False
