"""Toasts: which of them a person sees, and how several that come at once are said as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine import access
from engine.access import Actor
from engine.store import queries
from engine.store.database import Connection

Shows = Literal["all", "mine", "none"]
SHOWS: tuple[Shows, ...] = ("all", "mine", "none")

LOCAL_READER = 0
"""In place of a staff id, for the local admin of an app without sign-in."""

sql = queries.load("toast")


@dataclass(frozen=True, slots=True)
class Toast:
    """`own`: this person moved the job and needs no telling; `mine`: they are the job's sales rep."""

    id: int
    title: str
    text: str
    job_id: int | None
    job_number: str | None
    to_label: str | None
    own: bool
    mine: bool


def fresh(connection: Connection, actor: Actor, after: int) -> tuple[Toast, ...]:
    """All since the toast with the id `after`, wanted or not: the last of them is where the next look begins.

    Of local admins nobody knows whether two are the same person, so they are told of what a local admin moved.
    """
    staff_id = actor if isinstance(actor, int) else None
    whose = access.name(actor) if staff_id is not None else ""
    rows = connection.execute(sql.fresh, {"after": after, "actor": whose, "staff_id": staff_id})
    return tuple(Toast(**row | {"title": row["title"] or "", "text": row["text"] or ""}) for row in rows)


def wanted(toasts: Sequence[Toast], shows: Shows) -> tuple[Toast, ...]:
    """What this person chose to see; never what they did themself."""
    if shows == "none":
        return ()
    return tuple(toast for toast in toasts if not toast.own and (toast.mine or shows == "all"))


def said_as_one(toasts: Sequence[Toast]) -> tuple[str, str]:
    """Title and text: "9 jobs moved: 6 to Bagging, 3 to Shipped". A job that moved twice counts once, where it is."""
    if len(toasts) == 1:
        return toasts[0].title, toasts[0].text
    ends = {toast.job_id or -toast.id: toast for toast in toasts}
    if len(ends) == 1:
        return toasts[-1].title, toasts[-1].text
    where = Counter(toast.to_label or "another status" for toast in ends.values())
    return f"{len(ends)} jobs moved", ", ".join(f"{count} to {label}" for label, count in where.most_common())


def choice(connection: Connection, actor: Actor) -> Shows:
    row = connection.execute(sql.choice, {"staff_id": _whose(actor)}).fetchone()
    return next((shows for shows in SHOWS if row and row["shows"] == shows), "all")


def choose(connection: Connection, shows: Shows, *, actor: Actor) -> None:
    """For themself, so every role may. Raises NotAllowed."""
    access.require(connection, actor)
    connection.execute(sql.choose, {"staff_id": _whose(actor), "shows": shows})


def _whose(actor: Actor) -> int:
    return actor if isinstance(actor, int) else LOCAL_READER
