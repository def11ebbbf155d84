"""How the shop stands right now: its clock, its delivery mode, and whether the sidecar is alive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.catalog import windows
from engine.settings import Mode
from engine.store import fingerprint, heartbeat, queries
from engine.store.database import Connection

PULSE = timedelta(seconds=heartbeat.FRESH_SECONDS)


@dataclass(frozen=True, slots=True)
class Standing:
    """`now` is Postgres' clock; `last_toast` is the newest toast's id, 0 before the first."""

    name: str
    zone: ZoneInfo
    delivery_mode: Mode | None
    sending_paused: bool
    now: datetime
    beat_at: datetime | None
    last_toast: int
    accent_color: str | None = None
    public_url: str | None = None
    is_copy: bool = False
    """A copy of another database: nothing leaves until an admin adopts it."""

    @property
    def sidecar_runs(self) -> bool:
        return self.beat_at is not None and self.now - self.beat_at <= PULSE


def read(connection: Connection) -> Standing:
    row = connection.execute(queries.load("standing").now).fetchone()
    assert row is not None, "migrations leave one shop row"
    return Standing(
        name=row["name"],
        zone=ZoneInfo(windows.spelled(row["timezone"], row["ahead"])),
        delivery_mode=row["delivery_mode"],
        sending_paused=row["sending_paused"],
        now=row["now"],
        beat_at=row["beat_at"],
        last_toast=row["last_toast"],
        accent_color=row["accent_color"],
        public_url=row["public_url"],
        is_copy=fingerprint.differs(connection, row["fingerprint"]),
    )


def switches(connection: Connection) -> dict[str, bool]:
    """Rule key → on or off now."""
    return {row["rule_key"]: row["enabled"] for row in connection.execute(queries.load("standing").switches)}


def status_labels(connection: Connection) -> dict[str, str]:
    """Job status → what the shop calls it, in the shop's order."""
    return {row["key"]: row["label"] for row in connection.execute(queries.load("standing").status_labels)}
