"""How Inkbell itself is: its sidecars, its queue, and how long a change takes to reach somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.store import queries
from engine.store.database import Connection
from engine.store.standing import PULSE

sql = queries.load("vital_signs")


@dataclass(frozen=True, slots=True)
class Sidecar:
    """`scanned_at` and `next_scan_at` are None where a sidecar doesn't tell them."""

    instance: str
    started_at: datetime
    beat_at: datetime
    alive: bool
    version: str | None = None
    scanned_at: datetime | None = None
    next_scan_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Oldest:
    message_id: int
    channel: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Latency:
    """Half of a day's messages were quicker than `p50`, all but a twentieth than `p95`; None without messages.

    `whole` is from the change to the hand-off, `ours` without the waits on purpose: grace, hours for texts, a pause.
    """

    handed_off: int
    whole_p50: timedelta | None
    whole_p95: timedelta | None
    ours_p50: timedelta | None
    ours_p95: timedelta | None


@dataclass(frozen=True, slots=True)
class Fault:
    provider: str
    said: str
    since: datetime | None
    tries_at: datetime | None


@dataclass(frozen=True, slots=True)
class Signs:
    sidecars: tuple[Sidecar, ...]
    oldest: Oldest | None
    undecided: int
    undecided_since: datetime | None
    stuck_events: int
    waiting: Mapping[str, Mapping[str, int]]
    """Status → channel → how many, of what is on its way or needs a person."""
    per_hour: tuple[tuple[datetime, int], ...]
    failures: tuple[tuple[str, str, int], ...]
    """Channel, reason and how many of the last seven days, the most frequent first."""
    latency: Latency
    faults: tuple[Fault, ...] = field(default=())

    @property
    def sidecar(self) -> Sidecar | None:
        """The one that beat last."""
        return self.sidecars[0] if self.sidecars else None

    def in_status(self, status: str) -> int:
        return sum(self.waiting.get(status, {}).values())


def read(connection: Connection, now: datetime) -> Signs:
    undecided = _one(connection, sql.undecided, now)
    oldest = connection.execute(sql.oldest, {"now": now}).fetchone()
    waiting: dict[str, dict[str, int]] = {}
    for row in connection.execute(sql.statuses):
        waiting.setdefault(row["status"], {})[row["channel"]] = row["count"]
    return Signs(
        sidecars=tuple(_sidecar(row, now) for row in connection.execute(sql.sidecars)),
        oldest=Oldest(oldest["id"], oldest["channel"], oldest["due_at"]) if oldest else None,
        undecided=undecided["count"],
        undecided_since=undecided["oldest"],
        stuck_events=undecided["stuck"],
        waiting=waiting,
        per_hour=tuple((row["starts_at"], row["sent"]) for row in connection.execute(sql.per_hour, {"now": now})),
        failures=tuple(
            (row["channel"], row["reason"], row["count"]) for row in connection.execute(sql.failures, {"now": now})
        ),
        latency=Latency(**_one(connection, sql.recent, now)),
        faults=tuple(
            Fault(row["provider"], row["last_error"], row["failing_since"], row["probe_at"])
            for row in connection.execute(sql.channels)
        ),
    )


def _one(connection: Connection, statement: Any, now: datetime) -> dict[str, Any]:
    row = connection.execute(statement, {"now": now}).fetchone()
    assert row is not None, "an aggregate always has its row"
    return row


def _sidecar(row: Mapping[str, Any], now: datetime) -> Sidecar:
    told = row["details"] or {}
    return Sidecar(
        instance=row["instance"],
        started_at=row["started_at"],
        beat_at=row["beat_at"],
        alive=now - row["beat_at"] <= PULSE,
        version=told.get("version"),
        scanned_at=_moment(told.get("scanned_at")),
        next_scan_at=_moment(told.get("next_scan_at")),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
