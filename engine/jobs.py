"""The job board: what is in process, and moving a job on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from engine import access
from engine.access import Actor, Person
from engine.errors import Conflict, NotAllowed
from engine.store import queries
from engine.store.database import Connection

Quiet = Literal["customers", "all"]
"""Whom a change tells nothing: the customer, or nobody at all. None tells everybody."""

PRODUCTION_MOVES = ("art_approved", "films", "screen_burned", "in_production", "bagging", "completed_order")
DONE = ("delivered", "cancelled")
DETOURS = ("art_revision_requested", "on_hold", "cancelled")
"""Where a job goes when something is in the way, and never as its next step."""


@dataclass(frozen=True, slots=True)
class Job:
    id: int
    number: str
    title: str
    status: str
    status_label: str
    customer: str
    company: str | None
    due_date: date | None
    quantity: int | None
    delivery_method: str | None
    messages_paused: bool


@dataclass(frozen=True, slots=True)
class Page:
    jobs: tuple[Job, ...]
    total: int


def board(
    connection: Connection, *, search: str = "", status: str | None = None, limit: int = 25, offset: int = 0
) -> Page:
    """Jobs by due date, the undated last. Without a status or words to search for, those in process only."""
    wanted = {
        "search": search.strip() or None,
        "status": status,
        "done": [] if search.strip() or status else list(DONE),
        "limit": limit,
        "offset": offset,
    }
    rows = connection.execute(queries.load("jobs").board, wanted).fetchall()
    total = rows[0]["total"] if rows else 0
    return Page(tuple(Job(**{name: row[name] for name in Job.__slots__}) for row in rows), total)


def stations(connection: Connection) -> dict[str, int]:
    """Status → how many jobs are in it; those without a job are left out."""
    return {row["status"]: row["count"] for row in connection.execute(queries.load("jobs").stations)}


def next_step(job: Job, order: Sequence[str]) -> str | None:
    """The status that a job goes to when all is well, in the shop's own order; None at the end of the road."""
    if job.status == "art_revision_requested":
        return "art_approval_sent"
    if job.status in DETOURS or job.status not in order:
        return None
    road = [status for status in order if status not in DETOURS]
    if job.delivery_method == "pickup" and job.status != "shipped":
        road = [status for status in road if status != "shipped"]
    return next(iter(road[road.index(job.status) + 1 :]), None)


def may_become(person: Person, status: str, statuses: tuple[str, ...]) -> tuple[str, ...]:
    """Where this person may move a job that is in `status`; the screen offers these, and `move` checks them again."""
    if person.may_move_any_job:
        return tuple(other for other in statuses if other != status)
    if status not in PRODUCTION_MOVES:
        return ()
    return tuple(other for other in statuses if other != status and other in PRODUCTION_MOVES)


def move(
    connection: Connection, job_id: int, to: str, *, actor: Actor, quiet: Quiet | None = None, was: str | None = None
) -> None:
    """
    Moves a job to another status; the trigger on the table writes the event.

    `was` is the status that the person saw; raises Conflict when the job has moved since, NotAllowed when the role
    doesn't reach that far.
    """
    person = access.require(connection, actor, *access.ROLES)
    q = queries.load("jobs")
    job = connection.execute(q.held, {"id": job_id, "to": to}).fetchone()
    if job is None:
        raise Conflict(f"there is no job with the id {job_id!r} any more; look again")
    if job["to_label"] is None:
        raise Conflict(f"there is no status {to!r} any more; look again")
    if was is not None and job["status"] != was:
        raise Conflict(f"job {job['number']} has moved to {job['label']} meanwhile; look again, then move it")
    if job["status"] == to:
        return
    if not may_become(person, job["status"], (to,)):
        raise NotAllowed(
            f"production moves jobs between Art Approved and Completed Order; "
            f"ask sales to move job {job['number']} from {job['label']} to {job['to_label']}"
        )
    connection.execute(q.speak_for, {"actor": access.name(actor), "quiet": quiet or ""})
    connection.execute(q.move, {"id": job_id, "to": to})
