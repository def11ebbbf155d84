"""Proofs from the shop's side: sent, and decided by customers who call instead of pressing a button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from psycopg.types.json import Jsonb

from engine import access, jobs
from engine.errors import Conflict, InkbellError
from engine.jobs import Quiet
from engine.proofs import LONGEST_NOTE, OPEN_TO_APPROVAL, OPEN_TO_CHANGES
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("job_entry")


@dataclass(frozen=True, slots=True)
class Proof:
    id: int
    version: int
    status: str
    image_url: str | None
    sent_at: datetime
    decline_reason: str | None
    decided_at: datetime | None
    decided_by: str | None
    decided_via: str | None
    decided_note: str | None


def of_job(connection: Connection, job_id: int) -> tuple[Proof, ...]:
    """The newest first."""
    return tuple(Proof(**row) for row in connection.execute(sql.proofs, {"job_id": job_id}))


def send(
    connection: Connection,
    job_id: int,
    *,
    image_url: str,
    actor: access.Actor,
    now: datetime,
    quiet: Quiet | None = None,
    version: int | None = None,
) -> int:
    """The new version's number. The job moves to art_approval_sent where it had not come further than the approval.

    Raises Conflict when that number is not the `version` which the person saw to be the next.
    """
    access.require(connection, actor, "admin", "sales")
    url = image_url.strip() or None
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise InkbellError(f"{url!r} is no web address of a picture; write it like https://files.example.com/proof.png")
    job = _held(connection, job_id)
    newest = connection.execute(sql.newest, {"job_id": job_id}).fetchone()
    if newest and version is not None and newest["version"] >= version:
        raise Conflict(f"version {version} is there already; look at it, then send the next")
    _speak(connection, actor, quiet)
    row = connection.execute(sql.send_proof, {"job_id": job_id, "image_url": url, "now": now}).fetchone()
    assert row is not None
    _record(connection, job_id, "proof.sent", {"version": row["version"], "image_url": url}, actor, now)
    if job["status"] in OPEN_TO_CHANGES and job["status"] != "art_approval_sent":
        jobs.move(connection, job_id, "art_approval_sent", actor=actor, quiet=quiet)
    return int(row["version"])


def approve(
    connection: Connection,
    job_id: int,
    version: int,
    *,
    by: str,
    note: str,
    actor: access.Actor,
    now: datetime,
    quiet: Quiet | None = None,
) -> None:
    """`by` is who of the customer's said so, by phone or at the counter."""
    _decide(connection, job_id, version, "approved", by, None, note, actor, now, quiet)


def decline(
    connection: Connection,
    job_id: int,
    version: int,
    *,
    by: str,
    reason: str,
    actor: access.Actor,
    now: datetime,
    quiet: Quiet | None = None,
) -> None:
    if not reason.strip():
        raise InkbellError("a declined proof needs a reason; say what should be changed")
    _decide(connection, job_id, version, "declined", by, reason.strip(), "", actor, now, quiet)


def _decide(
    connection: Connection,
    job_id: int,
    version: int,
    status: Literal["approved", "declined"],
    by: str,
    reason: str | None,
    note: str,
    actor: access.Actor,
    now: datetime,
    quiet: Quiet | None,
) -> None:
    person = access.require(connection, actor, "admin", "sales")
    by = " ".join(by.split())
    if not by:
        raise InkbellError("a decision needs a name; say who decided")
    job = _held(connection, job_id)
    newest = connection.execute(sql.newest, {"job_id": job_id}).fetchone()
    if newest is None or newest["version"] != version or newest["status"] != "sent":
        raise Conflict("this proof was decided already, or there is a newer version; look again")
    _speak(connection, actor, quiet)
    decision = {"id": newest["id"], "status": status, "reason": reason[:LONGEST_NOTE] if reason else None}
    decision |= {"by": by[:120], "note": note.strip()[:LONGEST_NOTE] or None, "now": now}
    connection.execute(sql.decide, decision)
    after = {"version": version, "name": by, "reason": reason, "entered_by": person.name}
    _record(connection, job_id, f"proof.{status}", after, actor, now)
    to, open_to = (
        ("art_approved", OPEN_TO_APPROVAL) if status == "approved" else ("art_revision_requested", OPEN_TO_CHANGES)
    )
    if job["status"] in open_to and job["status"] != to:
        jobs.move(connection, job_id, to, actor=actor, quiet=quiet)


def _held(connection: Connection, job_id: int) -> dict[str, Any]:
    row = connection.execute(sql.hold, {"id": job_id}).fetchone()
    if row is None:
        raise Conflict(f"there is no job with the id {job_id!r} any more; look again")
    if row["status"] == "cancelled":
        raise Conflict(f"job {row['number']} is cancelled; move it back before its proof goes on")
    return row


def _speak(connection: Connection, actor: access.Actor, quiet: Quiet | None) -> None:
    connection.execute(queries.load("jobs").speak_for, {"actor": access.name(actor), "quiet": quiet or ""})


def _record(
    connection: Connection, job_id: int, action: str, after: dict[str, Any], actor: access.Actor, now: datetime
) -> None:
    entry = {"now": now, "actor": access.name(actor), "action": action, "subject": f"job:{job_id}"}
    connection.execute(sql.record, {**entry, "after": Jsonb(after)})
