"""Every version of a wording, and what changed between two of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal

from engine.compose.wording import Wording, default
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("draft")

MOST = 100
AROUND = 2
"""Lines that stand on either side of a change."""
ALIKE = 0.5

MOST_PAIRS = 500_000
"""Each word of one text may be held against each of the other; beyond that a draft could keep everybody waiting."""


@dataclass(frozen=True, slots=True)
class Change:
    """Lines that belong together: `parts` are their text, each with whether it is what makes the difference."""

    kind: Literal["kept", "gone", "added", "skipped"]
    parts: tuple[tuple[str, bool], ...] = ()


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


def changes(before: Wording, after: Wording) -> tuple[Change, ...]:
    """What to take away and what to add, in the order of the text; nothing when both are alike."""
    old, new = before.as_text.splitlines(), after.as_text.splitlines()
    if len(old) * len(new) > MOST_PAIRS:
        return tuple(_replaced("\n".join(old), "\n".join(new)))
    found: list[Change] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND):
        if found:
            found.append(Change("skipped"))
        for tag, old_from, old_to, new_from, new_to in group:
            gone, added = "\n".join(old[old_from:old_to]), "\n".join(new[new_from:new_to])
            if tag == "equal":
                found.append(Change("kept", ((gone, False),)))
            else:
                found += _replaced(gone, added)
    return tuple(found)


def _replaced(gone: str, added: str) -> list[Change]:
    """Both marked word by word, or as a whole where they have little in common."""
    old, new = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (gone, added))
    words = SequenceMatcher(None, old, new, autojunk=False)
    alike = len(old) * len(new) <= MOST_PAIRS and words.ratio() > ALIKE
    steps = words.get_opcodes() if alike else [("replace", 0, len(old), 0, len(new))]
    was = tuple(("".join(old[i1:i2]), alike and tag != "equal") for tag, i1, i2, _, _ in steps if i2 > i1)
    now = tuple(("".join(new[j1:j2]), alike and tag != "equal") for tag, _, _, j1, j2 in steps if j2 > j1)
    return [change for change in (Change("gone", was), Change("added", now)) if change.parts]
