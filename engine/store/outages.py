"""What Postgres' errors mean: it is away, it has no room, or what it was given is no text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.errors import DeadlockDetected, InsufficientPrivilege, UntranslatableCharacter

from engine.errors import Crossed, DatabaseExhausted, DatabaseUnfit, DatabaseUnreachable, Unwritable
from engine.store import address

# https://www.postgresql.org/docs/current/errcodes-appendix.html; a broken connection, a server that stops or starts
AWAY = ("08", "57P01", "57P02", "57P03")
# Class 53
EXHAUSTED = {
    "53000": "Postgres lacks a resource that it needs; its log names it. What waits goes on by itself afterwards",
    "53100": "the disk of Postgres is full; make room, and what waits goes on by itself",
    "53200": "Postgres is out of memory; give it more, and what waits goes on by itself",
    "53300": "Postgres takes no more connections; raise max_connections, and what waits goes on by itself",
    "53400": "a limit of Postgres is reached; its log names which one. What waits goes on by itself afterwards",
}
TOO_MANY = ("too many connections", "too many clients", "connection slots are reserved")
"""What Postgres says at the door, where libpq passes no SQLSTATE on."""


@contextmanager
def explained(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Raises DatabaseUnreachable, DatabaseExhausted, Crossed or Unwritable in place of what psycopg raises for them."""
    try:
        yield
    except DeadlockDetected:
        raise Crossed(
            "somebody else was changing the same records at that moment, so nothing was changed and nobody was told; "
            "try again"
        ) from None
    except psycopg.OperationalError as error:
        if full := exhausted(error):
            raise full from None
        if connection.closed or is_away(error):
            raise unreachable(error) from error
        raise
    except (psycopg.DataError, UnicodeEncodeError) as error:
        if _is_no_text(error):
            raise Unwritable("there is a character that can't be kept; type the text again") from None
        raise


@contextmanager
def rights_asked(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Raises DatabaseUnfit where Postgres refuses its user something; wrapped around what a process begins with."""
    try:
        yield
    except Exception as error:
        # SQLAlchemy wraps it.
        refusal = getattr(error, "orig", error)
        if not isinstance(refusal, InsufficientPrivilege):
            raise
        raise DatabaseUnfit(
            f"Postgres refuses its user {connection.info.user!r} what Inkbell has to do "
            f"({refusal.diag.message_primary}); name the owner of the database in DATABASE_URL, "
            "or make this user the owner"
        ) from None


def is_away(error: BaseException | None) -> bool:
    return (getattr(error, "sqlstate", None) or "").startswith(AWAY)


def exhausted(error: BaseException | None) -> DatabaseExhausted | None:
    """In our own words: Postgres' may quote the row that had no room, and with it an address."""
    code = getattr(error, "sqlstate", None) or ""
    return DatabaseExhausted(EXHAUSTED.get(code, EXHAUSTED["53000"])) if code.startswith("53") else None


def _is_no_text(error: Exception) -> bool:
    """A null character or half of a surrogate pair: no column holds it, whichever of psycopg and Postgres says so."""
    if isinstance(error, psycopg.DataError):
        return isinstance(error, UntranslatableCharacter) or (error.sqlstate is None and "NUL" in str(error))
    return True


def unreachable(error: BaseException | None) -> DatabaseUnreachable:
    words = (str(error).splitlines() or ["no answer"])[0].strip().rstrip(".")
    if any(said in words for said in TOO_MANY):
        return DatabaseExhausted(f"{EXHAUSTED['53300']} ({words})")
    setting = address.setting()
    return DatabaseUnreachable(f"Postgres can't be reached ({words}); check that it runs and {setting} is right")
