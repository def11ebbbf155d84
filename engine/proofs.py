"""Proofs as customers see and decide them: once, on the newest version, with evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Literal

from psycopg.types.json import Jsonb

from engine.errors import Conflict, InkbellError
from engine.store import queries
from engine.store.database import Connection

q = queries.load("proof")

STATEMENT = "I have checked the spelling, colours, sizes and quantities, and approve this proof for printing."
"""What is ticked, word for word; it is kept with the approval."""

OPEN_TO_APPROVAL = ["quote", "quote_sent", "art_requested", "art_approval_sent", "art_revision_requested"]
OPEN_TO_CHANGES = [*OPEN_TO_APPROVAL, "art_approved"]
"""Where a decision moves the job; from anywhere else only the shop does."""

LONGEST_NAME = 120
LONGEST_NOTE = 2000


class Undecidable(Conflict):
    """The proof was decided already, a newer version has taken its place, or the order was cancelled."""


class Incomplete(InkbellError):
    """Something that a decision needs is missing; `field` says where it goes."""

    def __init__(self, field: str, says: str) -> None:
        self.field = field
        super().__init__(says)


@dataclass(frozen=True, slots=True)
class Version:
    id: int
    version: int
    status: str
    image_url: str | None
    sent_at: datetime
    decline_reason: str | None
    decided_at: datetime | None
    decided_by: str | None
    decided_note: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """The newest version, whichever link led here, with the older ones behind it."""

    job_id: int
    job_number: str
    job_title: str
    job_quantity: int | None
    job_status: str
    newest: Version
    earlier: tuple[Version, ...]

    @property
    def can_be_decided(self) -> bool:
        return self.newest.status == "sent" and self.job_status != "cancelled"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a decision reached us; `address` is the visitor's, `browser` what it calls itself."""

    address: str
    browser: str


def find(connection: Connection, review_token: str) -> Proof | None:
    row = connection.execute(q.job_of, {"review_token": review_token}).fetchone()
    if row is None or not compare_digest(row["review_token"], review_token):
        return None
    return _read(connection, row["job_id"])


def approve(
    connection: Connection,
    review_token: str,
    version: int,
    *,
    name: str,
    checked: bool,
    note: str = "",
    circumstances: Circumstances,
    now: datetime,
) -> Proof:
    """Raises Undecidable, and Incomplete without a name or the tick; nothing is written then."""
    if not checked:
        raise Incomplete("checked", "please confirm that you have checked the proof")
    return _decide(connection, review_token, version, "approved", name, None, note, circumstances, now)


def decline(
    connection: Connection,
    review_token: str,
    version: int,
    *,
    name: str,
    reason: str,
    circumstances: Circumstances,
    now: datetime,
) -> Proof:
    """Raises Undecidable, and Incomplete without a name or a reason; nothing is written then."""
    if not reason.strip():
        raise Incomplete("reason", "please say what should be changed")
    return _decide(connection, review_token, version, "declined", name, reason.strip(), "", circumstances, now)


def _decide(
    connection: Connection,
    review_token: str,
    version: int,
    status: Literal["approved", "declined"],
    name: str,
    reason: str | None,
    note: str,
    circumstances: Circumstances,
    now: datetime,
) -> Proof:
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Incomplete("name", "please type your name")
    found = find(connection, review_token)
    if found is None:
        raise Undecidable("there is no such proof; ask the shop for a new link")
    connection.execute(q.hold_job, {"job_id": found.job_id})
    proof = _read(connection, found.job_id)
    if proof is None or proof.newest.version != version:
        raise Undecidable("there is a newer version of this proof; look at it before you decide")
    if proof.newest.status == "sent" and not proof.can_be_decided:
        raise Undecidable(
            "this order was cancelled in the meantime, so nothing was decided; ask the shop if that is wrong"
        )
    if not proof.can_be_decided:
        raise Undecidable("this proof has been decided already; ask the shop if something is to change")
    connection.execute(q.speak_for)
    decision = {
        "id": proof.newest.id,
        "status": status,
        "name": name,
        "reason": reason[:LONGEST_NOTE] if reason else None,
        "note": note.strip()[:LONGEST_NOTE] or None,
        "now": now,
    }
    if connection.execute(q.decide, decision).fetchone() is None:
        raise Undecidable("this proof has been decided already; ask the shop if something is to change")
    to, open_to = ("art_approved", OPEN_TO_APPROVAL) if status == "approved" else _CHANGES
    connection.execute(q.move_job, {"job_id": proof.job_id, "to": to, "from": open_to})
    _record(connection, proof, decision, circumstances)
    decided = _read(connection, proof.job_id)
    assert decided is not None
    return decided


_CHANGES = ("art_revision_requested", OPEN_TO_CHANGES)


def _record(connection: Connection, proof: Proof, decision: dict[str, Any], circumstances: Circumstances) -> None:
    evidence = {
        "version": proof.newest.version,
        "image_url": proof.newest.image_url,
        "job_number": proof.job_number,
        "quantity": proof.job_quantity,
        "name": decision["name"],
        "reason": decision["reason"],
        "note": decision["note"],
        "statement": STATEMENT if decision["status"] == "approved" else None,
        "address": circumstances.address[:100],
        "browser": circumstances.browser[:200],
    }
    connection.execute(
        q.record,
        {
            "now": decision["now"],
            "action": f"proof {decision['status']}",
            "id": decision["id"],
            "before": Jsonb({"job_status": proof.job_status}),
            "after": Jsonb({name: value for name, value in evidence.items() if value is not None}),
        },
    )


def _read(connection: Connection, job_id: int) -> Proof | None:
    rows = connection.execute(q.versions, {"job_id": job_id}).fetchall()
    if not rows:
        return None
    newest, *earlier = (Version(**{name: row[name] for name in Version.__slots__}) for row in rows)
    job = {name: rows[0][name] for name in ("job_id", "job_number", "job_title", "job_quantity", "job_status")}
    return Proof(**job, newest=newest, earlier=tuple(earlier))
