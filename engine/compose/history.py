"""Every version of a wording, and what changed between two of them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import datetime

from engine.compose.wording import Wording, default
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("draft")

MOST = 100


@dataclass(frozen=True, slots=True)
class Version:
    """`author` is a name, or how the ledger calls somebody without one; None for nobody known."""

    id: int
    version: int
    wording: Wording
    note: str | None
    author: str | None
    created_at: datetime
    began_with_today_s_default: bool


def versions(connection: Connection, rule_key: str) -> tuple[Version, ...]:
    """Newest first, the last MOST of them."""
    shipped = default(rule_key).hash
    return tuple(
        Version(
            row["id"],
            row["version"],
            Wording(row["subject"] or "", row["preheader"] or "", row["body"]),
            row["note"],
            row["author"],
            row["created_at"],
            row["default_hash"] == shipped,
        )
        for row in connection.execute(sql.versions, {"rule_key": rule_key, "most": MOST})
    )


def customised(connection: Connection) -> dict[str, bool]:
    """The rules that say the shop's own words → whether the shipped default has changed since."""
    rows = connection.execute(sql.customised)
    return {row["rule_key"]: row["default_hash"] != default(row["rule_key"]).hash for row in rows}


def difference(before: Wording, after: Wording) -> str:
    """A unified diff without its head, all of the text around the changes kept; '' when nothing differs."""
    if before == after:
        return ""
    old, new = before.as_text.splitlines(), after.as_text.splitlines()
    lines = list(difflib.unified_diff(old, new, lineterm="", n=max(len(old), len(new))))
    return "\n".join(lines[3:])
