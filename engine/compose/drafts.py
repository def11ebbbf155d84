"""What somebody is still writing: kept at every pause in typing, one per person and rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine import access
from engine.compose.wording import Wording
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("draft")

LOCAL_WRITER = 0
"""In place of a staff id, for the local admin of an app without sign-in."""

MOST = 200_000
"""Characters of a part that are kept; a tenth of that is refused, but when it is saved and not while it is typed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`based_on` is the id of the version that was being edited, None for the shipped default."""

    wording: Wording
    based_on: int | None
    updated_at: datetime


def load(connection: Connection, rule_key: str, actor: access.Actor) -> Draft | None:
    row = connection.execute(sql.load, _whose(rule_key, actor)).fetchone()
    if row is None:
        return None
    wording = Wording(row["subject"] or "", row["preheader"] or "", row["body"] or "")
    return Draft(wording, row["based_on"], row["updated_at"])


def keep(connection: Connection, rule_key: str, wording: Wording, actor: access.Actor, *, based_on: int | None) -> None:
    """Whatever was typed, mistakes and all; only saving checks. Raises NotAllowed."""
    access.require(connection, actor, "admin")
    text = {part: _storable(getattr(wording, part)) or None for part in ("subject", "preheader", "body")}
    connection.execute(sql.keep, {**_whose(rule_key, actor), **text, "based_on": based_on})


def forget(connection: Connection, rule_key: str, actor: access.Actor) -> None:
    """Raises NotAllowed."""
    access.require(connection, actor, "admin")
    connection.execute(sql.forget, _whose(rule_key, actor))


def mine(connection: Connection, actor: access.Actor) -> frozenset[str]:
    """The rules of which this person has a draft."""
    rows = connection.execute(sql.mine, {"staff_id": _writer(actor)})
    return frozenset(row["rule_key"] for row in rows)


def _storable(text: str) -> str:
    """Postgres takes no zero byte and no half of a surrogate pair."""
    return text[:MOST].replace("\0", "").encode("utf-8", "replace").decode()


def _whose(rule_key: str, actor: access.Actor) -> dict[str, str | int]:
    return {"rule_key": rule_key, "staff_id": _writer(actor)}


def _writer(actor: access.Actor) -> int:
    return actor if isinstance(actor, int) else LOCAL_WRITER
