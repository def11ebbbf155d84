"""Whether a channel works: its faults, its probes, and the one alert per outage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from engine import settings
from engine.settings import Mode
from engine.store import alerts, fingerprint, queries
from engine.store.connections import Provider
from engine.store.database import Connection

sql = queries.load("outbox")
log = structlog.get_logger()

CHANNELS = ("toast", "in_app", "email", "sms")
PROVIDERS: dict[str, Provider] = {"email": "smtp", "sms": "twilio"}
TITLES = {"email": "Email", "sms": "Text messages"}


@dataclass(frozen=True, slots=True)
class Desk:
    """Whether a channel may hand over at this moment, and in which mode."""

    mode: Mode
    paused: bool = False
    last_error: str | None = None
    probe_at: datetime | None = None
    failing_since: datetime | None = None
    paused_counted_until: datetime | None = None
    """A pause of all sending reaches back to here and is not yet kept out of the messages' age."""
    verified: bool = False
    read_at: datetime | None = None
    """By Postgres' clock."""
    unchanged: Mapping[str, str | None] = field(default_factory=dict)
    """What must still be so when an attempt begins."""

    def moment(self, now: datetime | None) -> datetime:
        """`now` where it stands still, else when this was read."""
        at = now or self.read_at
        assert at is not None
        return at

    @property
    def works(self) -> bool:
        """Nothing went wrong that an accepted message would have to put right in its row."""
        return self.verified and self.last_error is None

    @property
    def here(self) -> bool:
        """In the sandbox nothing leaves, so no provider is needed."""
        return self.mode == "sandbox"


def desk(connection: Connection, channel: str) -> Desk:
    row = connection.execute(sql.desk, {"provider": PROVIDERS.get(channel)}).fetchone()
    if row is None:
        raise LookupError("the shop row is missing; run `python -m engine migrate`")
    return _desk(connection, channel, row)


def due(connection: Connection, channels: Sequence[str], now: datetime | None) -> dict[str, Desk]:
    """Those of them on which something waits that is due at `now` (None: Postgres' clock), and how they stand."""
    asked = {"channels": list(channels), "providers": [PROVIDERS.get(channel) for channel in channels], "now": now}
    return {row["channel"]: _desk(connection, row["channel"], row) for row in connection.execute(sql.due, asked)}


def _desk(connection: Connection, channel: str, row: Mapping[str, Any]) -> Desk:
    mode = settings.effective_mode(settings.environment().inkbell_delivery, row["delivery_mode"])
    if fingerprint.differs(connection, row["fingerprint"]):
        mode = "sandbox"  # a copy must never write to the customers of the original
    return Desk(
        mode,
        row["sending_paused"],
        row["last_error"],
        row["probe_at"],
        row["failing_since"],
        row["paused_counted_until"],
        row["verified"],
        row["now"],
        {
            "provider": PROVIDERS.get(channel),
            **{name: row[name] for name in ("delivery_mode", "fingerprint", "last_error")},
        },
    )


def may_claim(connection: Connection, channel: str, state: Desk, now: datetime) -> bool:
    """False while sending is paused or the channel is down; a probe that is due is taken by whoever asks first."""
    if state.paused:
        return False
    if state.here or state.last_error is None:
        return True
    turn = {"provider": PROVIDERS[channel], "channel": channel, "now": now}
    return connection.execute(sql.take_probe, turn).fetchone() is not None


def fault(connection: Connection, channel: str, cause: str, detail: str, now: datetime) -> None:
    """Stops the channel; tells admins once per outage, and once a day by the other channel. Its messages stay."""
    row = connection.execute(sql.fault, {"provider": PROVIDERS[channel], "error": detail, "now": now}).fetchone()
    assert row is not None
    log.warning("channel fault", channel=channel, cause=cause)
    subject = f"{TITLES[channel]} can't be sent"
    body = (
        f"{detail}. Customers get nothing on this channel until it works; their messages wait and go out by "
        "themselves. Check the connection on Settings → Connections."
    )
    since = row["failing_since"].isoformat()
    alerts.tell_admins(connection, now=now, cause=f"{channel}:{cause}:{since}", subject=subject, body=body)
    alerts.tell_elsewhere(connection, now=now, failing=PROVIDERS[channel], cause=cause, subject=subject, body=body)


def works(connection: Connection, channel: str, now: datetime) -> None:
    """Forgets an outage; what waited for it is not late because of it."""
    row = connection.execute(sql.works, {"provider": PROVIDERS[channel], "now": now}).fetchone()
    if row and row["failing_since"]:
        _not_late(connection, channel, row["failing_since"], now)
        log.info("channel works again", channel=channel)


def changes_hands(connection: Connection, provider: Provider, now: datetime) -> None:
    """Before its settings are replaced, and the outage of the old ones with them: what waited is not late for that."""
    for channel in (name for name, served_by in PROVIDERS.items() if served_by == provider):
        since = desk(connection, channel).failing_since
        if since:
            _not_late(connection, channel, since, now)


def _not_late(connection: Connection, channel: str, since: datetime, now: datetime) -> None:
    connection.execute(sql.not_late, {"channel": channel, "now": now, "since": since})
