"""Takes one claimed message after another from the last look to its outcome."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from psycopg import OperationalError

from engine.catalog.dunning import local_day
from engine.catalog.facts import Facts
from engine.catalog.rules import find
from engine.deliver import alarm, gate, letter, outbox, reminders, steps, test_send
from engine.deliver import channel as channels
from engine.deliver.channel import Desk
from engine.deliver.clients import Clients, HandOff
from engine.deliver.letter import Ready
from engine.deliver.outbox import Claim, Settled
from engine.deliver.outcome import Accepted, ChannelFault, Outcome, Refused, Unknown
from engine.errors import DatabaseUnreachable, WordingRefused
from engine.store import alerts, connections, database, queries
from engine.store import facts as records
from engine.store.database import Connection

log = structlog.get_logger()

CHANNELS = ("toast", "in_app", "email", "sms")
BATCH = 50
POLICY_REFUSALS = 3
SETTLE_SECONDS = outbox.LEASE_SECONDS - outbox.PROVIDER_BUDGET_SECONDS
"""Within it the lease still holds; afterwards the message is in doubt, and settled by whoever takes it back."""
OVERTAKEN = "overtaken"
WITHOUT_STRIPE = timedelta(minutes=5)
"""A payment link that nobody can pay by waits; nothing else does."""


class Dispatcher:
    """One sender: it has at most one message in flight, and keeps its connections to the providers."""

    def __init__(self, now: datetime | None = None, *, patience: float = SETTLE_SECONDS) -> None:
        """`now` stands still for a run at a given moment; None means Postgres' clock, read once per pass.

        `patience`: seconds for which an outcome is kept for a database that is away, so that nothing is sent twice.
        """
        self._now, self._patience = now, patience
        self._clients = Clients()
        self._turn = 0

    def close(self) -> None:
        self._clients.close()

    def deliver(self) -> Counter[str]:
        """What one channel has to give, the next one at the next call; empty when nothing was claimable on any.

        Counts what became of messages.
        """
        left = [*CHANNELS[self._turn :], *CHANNELS[: self._turn]]
        while left:
            if done := self._first_of(left):
                return done
        return Counter()

    def _first_of(self, left: list[str]) -> Counter[str]:
        """Looks at these channels in one transaction until one has work, and takes off the list what it looked at."""
        with database.transaction() as connection:
            now = self._moment(connection)
            claims: list[Claim] = []
            while left and not claims:
                channel = left.pop(0)
                desk = channels.desk(connection, channel) if channel in channels.PROVIDERS else Desk("sandbox")
                if not channels.may_claim(connection, channel, desk, now):
                    continue
                steps.reached(steps.BEFORE_CLAIM)
                claims = outbox.claim(connection, channel, now, most=BATCH if desk.here else 1)
            if not claims:
                return Counter()
            self._turn = (CHANNELS.index(channel) + 1) % len(CHANNELS)
            if desk.here:
                return self._deliver_here(connection, claims, desk, now)
        steps.reached(steps.AFTER_CLAIM)
        return Counter(status for claim in claims if (status := self._hand_over(claim)))

    def _moment(self, connection: Connection) -> datetime:
        return self._now or database.now(connection)

    def _deliver_here(self, connection: Connection, claims: list[Claim], desk: Desk, now: datetime) -> Counter[str]:
        """In-app, toasts and everything in the sandbox: exactly once, for claim and delivery are one transaction."""
        tally: Counter[str] = Counter()
        looks = self._last_look(connection, claims, desk, now)
        # What stays goes back first, so that a reminder that goes out can cover it.
        for claim, looked in sorted(looks, key=lambda look: isinstance(look[1], Ready)):
            if isinstance(looked, Settled):
                outbox.settle(connection, claim, looked, now)
                tally[looked.status] += 1
                log.info("message", id=claim.id, rule=claim.rule_key, status=looked.status, reason=looked.reason)
                continue
            sandboxed = f"sandbox:{uuid4().hex}" if claim.channel in channels.PROVIDERS else None
            connection.execute(
                outbox.sql.deliver_here,
                {**_content(looked, now), "id": claim.id, "lease": claim.lease, "now": now, "provider_id": sandboxed},
            )
            reminders.cover(connection, claim, looked.rule, now)
            tally["sent"] += 1
            log.info("message", id=claim.id, rule=claim.rule_key, status="sent", sandbox=sandboxed is not None)
            steps.reached(steps.BEFORE_SETTLE)
        return tally

    def _last_look(
        self, connection: Connection, claims: list[Claim], desk: Desk, now: datetime
    ) -> list[tuple[Claim, Ready | Settled]]:
        reminders.one_at_a_time(connection, claims)
        known = records.for_messages(connection, {c.id: c.event_id for c in claims if c.event_id is not None})
        on = {row["rule_key"]: row["enabled"] for row in connection.execute(outbox.sql.rules_on)} if claims else {}
        return [(claim, _look(connection, claim, known.get(claim.id), on, desk, now)) for claim in claims]

    def _hand_over(self, claim: Claim) -> str | None:
        """One outward message: looked at and written down, committed; handed over; settled under its lease."""
        with database.transaction() as connection:
            now = self._moment(connection)
            desk = channels.desk(connection, claim.channel)
            if desk.paused or desk.here:
                outbox.settle(connection, claim, Settled("queued"), now)
                return None
            [(_, looked)] = self._last_look(connection, [claim], desk, now)
            if isinstance(looked, Settled):
                outbox.settle(connection, claim, looked, now)
                log.info("message", id=claim.id, rule=claim.rule_key, status=looked.status, reason=looked.reason)
                return looked.status
            if not outbox.begin_attempt(connection, claim, _content(looked, now), now):
                return None
            sender = self._clients.of(connection, claim.channel)
        steps.reached(steps.BEFORE_HAND_OFF)
        outcome = sender if isinstance(sender, ChannelFault) else _handed_over(sender, looked, now)
        return self._settle_for_sure(looked, outcome)

    def _settle_for_sure(self, ready: Ready, outcome: Outcome) -> str:
        """The provider has answered; a database that went away just then must not cost the customer a second copy.

        Trying again is safe: only the lease may write, and what was written once is not written again.
        """
        deadline, pause = time.monotonic() + self._patience, 0.1
        while True:
            try:
                return self._settle(ready, outcome)
            except (DatabaseUnreachable, OperationalError) as error:
                # A deadlock, say: the outcome is as well worth keeping then.
                if time.monotonic() + pause > deadline:
                    raise
                log.warning("outcome not written down yet", id=ready.claim.id, error=type(error).__name__)
                time.sleep(pause)
                pause = min(pause * 2, 2.0)

    def _settle(self, ready: Ready, outcome: Outcome) -> str:
        claim = ready.claim
        with database.transaction() as connection:
            now = self._moment(connection)
            steps.reached(steps.BEFORE_SETTLE)
            if isinstance(outcome, Refused) and outcome.policy:
                outcome = _blamed_on_us(connection, claim, outcome, now)
            result = outbox.settle_outcome(connection, claim, outcome, now)
            if result is None:
                # By us, in a commit whose answer was lost; or by whoever found the lease lapsed.
                log.info("settled already", id=claim.id, rule=claim.rule_key)
                return OVERTAKEN
            if result.status in ("sent", "unknown"):
                reminders.cover(connection, claim, find(claim.rule_key), now)
            if isinstance(outcome, ChannelFault):
                channels.fault(connection, claim.channel, outcome.cause, outcome.detail, now)
            elif isinstance(outcome, Accepted):
                channels.works(connection, claim.channel, now)
            elif isinstance(outcome, Refused) and outcome.suppress and ready.go.mode == "live":
                _suppress(connection, ready, outcome, now)
        why = {"held_up": "by the channel"} if isinstance(outcome, ChannelFault) else {"reason": result.reason}
        log.info("message", id=claim.id, rule=claim.rule_key, status=result.status, **why)
        return result.status


def _handed_over(sender: HandOff, ready: Ready, now: datetime) -> Outcome:
    try:
        outcome = sender(ready, now)
        steps.reached(steps.ACCEPTED)
        return outcome
    except Exception as error:
        # A surprise in the middle of a hand-off leaves open whether the provider has it.
        log.error("hand-off broke", id=ready.claim.id, error=type(error).__name__)
        return Unknown(f"the hand-off broke ({type(error).__name__})")


def _look(
    connection: Connection, claim: Claim, known: Facts | None, on: Mapping[str, bool], desk: Desk, now: datetime
) -> Ready | Settled:
    if claim.rule_key == test_send.KEY:
        return test_send.look(connection, claim, desk, now)
    if claim.rule_key == alerts.KEY:
        return alarm.look(connection, claim, desk, now)
    rule = find(claim.rule_key)
    if rule is None or known is None:
        return Settled("cancelled", "no_longer_true", "its rule or its record is gone")
    looked = gate.look(claim, rule, known, on, desk, now)
    if isinstance(looked, Settled):
        put_off = looked.status == "queued"
        return (reminders.overtaken(connection, claim, rule, known, now) if put_off else None) or looked
    if rule.needs == "stripe" and not connections.is_connected(connection, "stripe"):
        return Settled("queued", "not_connected", try_after=now + WITHOUT_STRIPE)
    if waits := reminders.yields(connection, claim, rule, known, now):
        return waits
    try:
        with connection.transaction():
            return Ready(claim, rule, known, looked, letter.write(connection, rule, known, now))
    except WordingRefused as error:
        return Settled("held", "wording_broken", str(error)[:500])
    except Exception as error:
        if connection.closed:
            raise
        # One message that can't be composed never keeps the others waiting; the text of the error may quote data.
        log.warning("message could not be composed", id=claim.id, rule=claim.rule_key, error=type(error).__name__)
        if claim.attempts + 1 >= outbox.MOST_TRIES:
            return Settled("held", "wording_broken", f"it could not be composed ({type(error).__name__})", tried=1)
        return Settled("queued", try_after=now + outbox.backoff(claim.attempts), tried=1)


def _content(ready: Ready, now: datetime) -> dict[str, object]:
    content = ready.written.content
    return {
        "subject": content.subject or None,
        "body_text": content.text,
        "body_html": content.html or None,
        "to_address": ready.go.to.address,
        "handed_to": letter.destination(ready),
        "wording_version_id": ready.written.wording_version_id,
        "dunning_on": local_day(now, ready.facts.shop) if ready.rule.dunning_tier is not None else None,
    }


def _blamed_on_us(connection: Connection, claim: Claim, outcome: Refused, now: datetime) -> Outcome:
    """A refusal about our reputation or quota, once it met three recipients, is the channel's fault."""
    row = connection.execute(outbox.sql.policy_refusals, {"channel": claim.channel, "now": now}).fetchone()
    if row and row["recipients"] + 1 >= POLICY_REFUSALS:
        return ChannelFault(
            "the mail server refuses us for reputation or quota, whoever the recipient is", "smtp_policy"
        )
    return outcome


def _suppress(connection: Connection, ready: Ready, outcome: Refused, now: datetime) -> None:
    """Silences the address that was tried at this look, which may be another than the one it was claimed with."""
    connection.execute(
        queries.load("suppression").suppress,
        {
            "channel": ready.claim.channel,
            "address": (ready.go.to.address or "").lower(),
            "reason": outcome.suppress,
            "now": now,
            "note": outcome.detail[:500],
        },
    )
