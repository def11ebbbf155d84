"""Tracking numbers, as many as somebody pastes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from engine import access
from engine.catalog.facts import Shipment
from engine.compose import carriers
from engine.errors import InkbellError
from engine.jobs import Quiet
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("job_entry")

MOST_LINES = 500
LONGEST = 60
LONGEST_PIECE = 6


@dataclass(frozen=True, slots=True)
class Parcel:
    job: str
    carrier: str | None
    number: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that names no parcel, and what to do about it."""

    line: int
    text: str
    problem: str


def read(text: str, job: str | None = None) -> tuple[tuple[Parcel, ...], tuple[Unread, ...]]:
    """
    One parcel a line: `1042 UPS 1Z999…`, with commas, tabs or blanks between.

    Without a carrier it is found by the number's form where that is possible. With `job` the lines name no job.
    """
    parcels, unread = [], []
    for place, line in enumerate(text.splitlines()[: MOST_LINES + 1], start=1):
        parts = [part for part in re.split(r"[\s,;]+", line.strip()) if part]
        if not parts:
            continue
        whose = job or parts.pop(0).lstrip("#")
        if place > MOST_LINES:
            unread.append(Unread(place, line, f"paste at most {MOST_LINES} lines at once"))
            continue
        read_as = _apart(parts)
        if read_as is None:
            unread.append(Unread(place, line, "write one tracking number a line, and nothing behind it"))
            continue
        names, number = read_as
        if not number:
            unread.append(Unread(place, line, "write the job’s number, then the tracking number"))
        elif len(number) > LONGEST or not any(map(str.isdigit, number)):
            unread.append(Unread(place, line, "this does not end in a tracking number"))
        else:
            parcels.append(Parcel(whose, carriers.carrier(" ".join(names) or None, number) or None, number))
    return tuple(dict.fromkeys(parcels)), tuple(unread)


def _apart(parts: list[str]) -> tuple[list[str], str] | None:
    """The carrier's words and the number, which labels and carriers' pages cut in pieces; None for what is neither."""
    at = next((place for place, part in enumerate(parts) if any(map(str.isdigit, part))), len(parts) - 1)
    pieces = parts[at:] if parts else []
    if len(pieces) < 2:
        return parts[:at], "".join(pieces)
    if any(len(piece) > LONGEST_PIECE for piece in pieces[:-1]):
        return None
    if len(pieces[-1]) > LONGEST_PIECE:
        return parts[:-1], parts[-1]
    if all(piece.isalnum() and any(map(str.isdigit, piece)) for piece in pieces):
        return parts[:at], "".join(pieces)
    return None


def add(
    connection: Connection,
    parcels: Sequence[Parcel],
    *,
    actor: access.Actor,
    now: datetime,
    quiet: Quiet | None = None,
) -> Counter[str]:
    """How many were new, by job number. All or nothing: raises InkbellError when a job is not there."""
    access.require(connection, actor, *access.ROLES)
    numbers = sorted({parcel.job for parcel in parcels})
    ids = {row["number"]: row["id"] for row in connection.execute(sql.by_numbers, {"numbers": numbers})}
    if missing := [number for number in numbers if number not in ids]:
        raise InkbellError(f"there is no job {missing[0]!r}; correct its number")
    connection.execute(queries.load("jobs").speak_for, {"actor": access.name(actor), "quiet": quiet or ""})
    rows = connection.execute(
        sql.ship,
        {
            "job_ids": [ids[parcel.job] for parcel in parcels],
            "carriers": [parcel.carrier for parcel in parcels],
            "numbers": [parcel.number for parcel in parcels],
            "now": now,
        },
    )
    by_id = {job_id: number for number, job_id in ids.items()}
    added = Counter(by_id[row["job_id"]] for row in rows)
    for number, count in added.items():
        entry = {"now": now, "actor": access.name(actor), "action": "tracking.added", "subject": f"job:{ids[number]}"}
        connection.execute(sql.record, {**entry, "after": Jsonb({"numbers": count})})
    return added


def of_job(connection: Connection, job_id: int) -> tuple[Shipment, ...]:
    rows = connection.execute(sql.shipments, {"job_id": job_id})
    return tuple(Shipment(0, job_id, row["tracking_number"], row["carrier"]) for row in rows)
