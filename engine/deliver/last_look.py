"""The last look at claimed messages: each is composed and ready, or has its reason not to go."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
import structlog

from engine.catalog.dunning import local_day
from engine.catalog.facts import Facts
from engine.catalog.rules import find
from engine.deliver import alarm, gate, letter, outbox, reminders, test_send
from engine.deliver.channel import Desk
from engine.deliver.letter import Ready
from engine.deliver.outbox import Claim, Settled
from engine.errors import WordingRefused
from engine.store import alerts, connections
from engine.store import facts as records
from engine.store.database import Connection
from engine.store.facts import Around

log = structlog.get_logger()

HOLDS_SECONDS = 0.25
"""What was looked at longer ago is looked at again before it is handed over; a text takes its provider as long."""
WITHOUT_STRIPE = timedelta(minutes=5)
"""A payment link that nobody can pay by waits; nothing else does."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the last look found, and in which surroundings; `at` is on the monotonic clock, in seconds."""

    found: Ready | Settled
    around: Around
    desk: Desk
    at: float

    @property
    def holds(self) -> bool:
        """What was found may still be acted upon."""
        return time.monotonic() - self.at <= HOLDS_SECONDS


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claimed message whose turn comes in a moment; without a look it is looked at when its turn comes."""

    claim: Claim
    look: Look | None = None


def look_ahead(connection: Connection, claims: Sequence[Claim], desk: Desk, now: datetime | None) -> list[Waiting]:
    """Looks at once at all that say nothing about each other; the rest is looked at when its turn comes."""
    at, (first, *others) = time.monotonic(), claims
    try:
        around, found = look(connection, [first, *_alone(first, others)], desk, now)
    except psycopg.Error:
        raise
    except Exception:
        # Something in the record of one of them can't be read: each is looked at by itself.
        around, found = look(connection, [first], desk, now)
    looks = {claim.id: Look(what, around, desk, at) for claim, what in found}
    return [Waiting(claim, looks.get(claim.id)) for claim in claims]


def _alone(first: Claim, others: Iterable[Claim]) -> Iterator[Claim]:
    """One message per customer, and no reminders: what one of those says depends on what became of another."""
    seen = {first.customer_id, None}
    for claim in others:
        if claim.customer_id not in seen and claim.rule_key not in reminders.LADDER:
            seen.add(claim.customer_id)
            yield claim


def look(
    connection: Connection, claims: Sequence[Claim], desk: Desk, now: datetime | None
) -> tuple[Around, list[tuple[Claim, Ready | Settled]]]:
    """What each is found to be, and in which surroundings; `now`: None means the moment of those."""
    reminders.one_at_a_time(connection, claims)
    event_of = {claim.id: claim.event_id for claim in claims if claim.event_id is not None}
    around, of_events = records.together(connection, set(event_of.values()))
    known, at = records.by_message(of_events, event_of), now or around.now
    return around, [(claim, _look(connection, claim, known.get(claim.id), desk, at, around)) for claim in claims]


def _look(
    connection: Connection, claim: Claim, known: Facts | None, desk: Desk, now: datetime, around: Around
) -> Ready | Settled:
    if claim.rule_key == test_send.KEY:
        return test_send.look(connection, claim, desk, now)
    if claim.rule_key == alerts.KEY:
        return alarm.look(connection, claim, desk, now)
    rule = find(claim.rule_key)
    if rule is None or known is None:
        return Settled("cancelled", "no_longer_true", "its rule or its record is gone")
    looked = gate.look(claim, rule, known, around.on, desk, now)
    if isinstance(looked, Settled):
        put_off = looked.status == "queued"
        return (reminders.overtaken(connection, claim, rule, known, now) if put_off else None) or looked
    if rule.needs == "stripe" and not connections.is_connected(connection, "stripe", around.connections):
        return Settled("queued", "not_connected", try_after=now + WITHOUT_STRIPE)
    if waits := reminders.yields(connection, claim, rule, known, now):
        return waits
    try:
        return Ready(claim, rule, known, looked, letter.write(connection, rule, known, now, around))
    except WordingRefused as error:
        return Settled("held", "wording_broken", str(error)[:500])
    except psycopg.Error:
        raise
    except Exception as error:
        # One message that can't be composed never keeps the others waiting; the text of the error may quote data.
        log.warning("message could not be composed", id=claim.id, rule=claim.rule_key, error=type(error).__name__)
        if claim.attempts + 1 >= outbox.MOST_TRIES:
            return Settled("held", "wording_broken", f"it could not be composed ({type(error).__name__})", tried=1)
        return Settled("queued", try_after=now + outbox.backoff(claim.attempts), tried=1)


def content(ready: Ready, now: datetime) -> dict[str, object]:
    """What the message's row keeps of it; `now` decides which day a reminder takes up."""
    composed = ready.written.content
    return {
        "subject": composed.subject or None,
        "body_text": composed.text,
        "body_html": composed.html or None,
        "to_address": ready.go.to.address,
        "handed_to": letter.destination(ready),
        "wording_version_id": ready.written.wording_version_id,
        "dunning_on": local_day(now, ready.facts.shop) if ready.rule.dunning_tier is not None else None,
    }
