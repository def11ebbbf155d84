"""Takes one message after another from its claim to its outcome; each sender has one at the provider at a time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import psycopg
import structlog
from psycopg import OperationalError
from psycopg.errors import UniqueViolation

from engine import settings
from engine.deliver import answer, here, last_look, outbox, reminders, steps
from engine.deliver import channel as channels
from engine.deliver.answer import Answered
from engine.deliver.channel import CHANNELS, Desk
from engine.deliver.claimed import Claimed
from engine.deliver.clients import Clients, HandOff
from engine.deliver.email import Meanwhile
from engine.deliver.last_look import Look, Waiting
from engine.deliver.letter import Ready
from engine.deliver.outbox import Claim, Settled
from engine.deliver.outcome import Accepted, ChannelFault, Outcome, Unknown
from engine.errors import Crossed, DatabaseUnreachable
from engine.store import database
from engine.store.database import Connection

log = structlog.get_logger()

SETTLE_SECONDS = outbox.LEASE_SECONDS - outbox.PROVIDER_BUDGET_SECONDS
"""Within it the lease still holds; afterwards the message is in doubt, and settled by whoever takes it back."""
EVERYBODYS = (psycopg.Error, DatabaseUnreachable, Crossed)
"""What the database can't do for one message it can't do for the others."""
WORTH_ANOTHER_TRY = (DatabaseUnreachable, OperationalError, Crossed)
"""The database is away, or somebody else was in the way: the outcome is as well worth keeping then."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message whose attempt has begun, and who hands it over, or why nobody can."""

    ready: Ready
    sender: HandOff | ChannelFault
    at: datetime


class Dispatcher:
    """One sender: it has at most one message in flight, and keeps its connections to the providers."""

    def __init__(
        self,
        now: datetime | None = None,
        *,
        patience: float = SETTLE_SECONDS,
        among: int = 1,
        stopping: Callable[[], bool] = lambda: False,
        away: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`now` stands still for a run at a given moment; None means Postgres' clock, read once per pass.

        `patience`: seconds for which an outcome is kept for a database that is away, so that nothing is sent twice.
        `among`: so many senders share the work. Once `stopping` says so nothing more is begun. `away` surrounds each
        hand-off, the only thing that takes long.
        """
        self._now, self._patience = now, patience
        self._stopping, self._away = stopping, away
        self._clients = Clients()
        self._claimed = Claimed(now, among, stopping)
        self._turn = 0

    def close(self) -> None:
        self._clients.close()

    def deliver(self) -> Counter[str]:
        """What one channel has to give, the next one at the next call; empty when nothing was claimable on any.

        Counts what became of messages.
        """
        with settings.held():
            return self._deliver()

    def _deliver(self) -> Counter[str]:
        with database.at_once() as connection:
            due = channels.due(connection, CHANNELS, self._now)
        for turn in range(self._turn, self._turn + len(CHANNELS)):
            channel = CHANNELS[turn % len(CHANNELS)]
            if (desk := due.get(channel)) is None:
                continue
            if done := self._hand_over(channel, desk) if channel in channels.PROVIDERS else self._tell(channel):
                self._turn = (turn + 1) % len(CHANNELS)
                return done
        return Counter()

    def _tell(self, channel: str) -> Counter[str]:
        with database.transaction() as connection:
            now = self._now or database.now(connection)
            return self._here(connection, channel, Desk("sandbox"), now)

    def _here(self, connection: Connection, channel: str, desk: Desk, now: datetime) -> Counter[str]:
        steps.reached(steps.BEFORE_CLAIM)
        return here.deliver(connection, outbox.claim(connection, channel, now, here.BATCH), desk, now)

    def _hand_over(self, channel: str, desk: Desk) -> Counter[str]:
        """One message after another: looked at and begun, committed; handed over; settled.

        Where the next one is ready, the statement that settles one begins the next, so that each costs one commit.
        """
        tally: Counter[str] = Counter()
        answered: Answered | None = None
        pace = self._claimed.pace(channel)
        pace.start()
        try:
            taken = self._first(channel, desk, tally)
            while taken:
                steps.reached(steps.BEFORE_HAND_OFF)
                with self._away():
                    answered = Answered(taken.ready, _handed_over(taken, partial(self._claimed.fill_up, channel)))
                pace.lap()
                taken = self._next(desk, answered, tally)
        except Exception as error:
            # What the provider took is written down, whatever is wrong with the next one.
            self._put_right(answered, tally, error)
        return tally

    def _first(self, channel: str, desk: Desk, tally: Counter[str]) -> Taken | None:
        """A turn to try a broken channel is used up by a hand-off, and by none that the last look keeps from going."""
        tally += self._claim(channel, desk)
        while True:
            so_far = tally.total()
            taken = self._next(desk, None, tally)
            if taken or desk.last_error is None or tally.total() == so_far:
                return taken
            with database.at_once() as connection:
                self._claimed.take(connection, channel, desk.moment(self._now), 1, to_try=True)

    def _claim(self, channel: str, desk: Desk) -> Counter[str]:
        """What is claimed is committed and waits for its look, which a claim that is rolled back could meet for ever.

        In the sandbox it is delivered at once, and counted.
        """
        now = desk.moment(self._now)
        with database.at_once() as connection:
            if self._stopping() or not channels.may_claim(connection, channel, desk, now):
                return Counter()
            if desk.here:
                with connection.transaction():
                    return self._here(connection, channel, desk, now)
            most = self._claimed.most(channel, desk)
            self._claimed.take(connection, channel, now, most, to_try=desk.last_error is not None)
        return Counter()

    def _next(self, desk: Desk, answered: Answered | None, tally: Counter[str]) -> Taken | None:
        """Settles what was answered, then begins the next that may go; None when there is none."""
        if answered and (following := self._straight_on(answered)):
            if taken := self._settle_and_begin(answered, *following, tally):
                return taken
        elif answered:
            desk = self._settle(answered, desk, tally)
        while self._claimed:
            if self._stopping():
                self._give_back()
            elif taken := self._begin_first(desk, tally):
                return taken
        return None

    def _settle(self, answered: Answered, desk: Desk, tally: Counter[str]) -> Desk:
        """The desk as it stands afterwards; where nothing may leave any more, what waits goes back."""
        claim, outcome = answered.ready.claim, answered.outcome
        if isinstance(outcome, Accepted) and desk.works and claim.rule_key not in reminders.LADDER:
            with database.at_once() as connection:
                tally[answer.settle_plain(connection, claim, outcome, self._now)] += 1
            return desk
        channel = claim.channel
        with database.transaction() as connection:
            desk = channels.desk(connection, channel)
            tally[answer.settle(connection, answered, desk, desk.moment(self._now))] += 1
            desk = channels.desk(connection, channel)
        if desk.paused or desk.here or desk.last_error:
            self._give_back()
        return desk

    def _give_back(self) -> None:
        with database.at_once() as connection:
            outbox.give_back(connection, self._claimed.claims)
        self._claimed.let_go()

    def _begin_first(self, desk: Desk, tally: Counter[str]) -> Taken | None:
        """Looks at the first that waits, and begins its attempt. None when the last look, or the lease, says no."""
        done: Counter[str] = Counter()
        claim = self._claimed.first.claim
        try:
            with _whole(claim) as connection:
                if self._claimed.look is None:
                    self._claimed.look_ahead(connection, desk)
                taken = self._begin(connection, self._claimed.first, desk, done)
        except Exception as error:
            if isinstance(error, EVERYBODYS) and not isinstance(error, UniqueViolation):
                raise
            # What is wrong is its own, a day that it can't have, say. Its lease brings it back, and the others go.
            log.error("message could not be looked at", id=claim.id, error=type(error).__name__)
            taken = None
        self._claimed.drop_first()
        tally += done
        return taken

    def _begin(self, connection: Connection, waiting: Waiting, desk: Desk, done: Counter[str]) -> Taken | None:
        claim, look = waiting.claim, waiting.look
        assert look is not None
        now = self._now or look.around.now
        if isinstance(look.found, Settled):
            done[answer.stays(connection, claim, look.found, now)] += 1
            return None
        content = last_look.content(look.found, now)
        begun_at = outbox.begin_attempt(connection, claim, content, desk.unchanged, self._now)
        if begun_at is None:
            # Paused at this moment, say; the next claim will see it.
            outbox.give_back(connection, [claim])
            return None
        return Taken(look.found, self._clients.of(connection, claim.channel, look.around), begun_at)

    def _straight_on(self, answered: Answered) -> tuple[Accepted, Ready, Look] | None:
        """Nothing but the usual: accepted by a provider that works, and the next one was looked at a moment ago."""
        look = self._claimed.look
        if look is None or not look.desk.works or self._stopping():
            return None
        outcome, found = answered.outcome, look.found
        if not isinstance(outcome, Accepted) or not isinstance(found, Ready):
            return None
        reminder = answered.ready.rule.key in reminders.LADDER or found.rule.key in reminders.LADDER
        return None if reminder else (outcome, found, look)

    def _settle_and_begin(
        self, answered: Answered, outcome: Accepted, following: Ready, look: Look, tally: Counter[str]
    ) -> Taken | None:
        """One commit for both. None when the next may not go after all; what was answered is settled even so."""
        with database.at_once() as connection:
            status, begun_at = answer.settle_and_begin(connection, answered, outcome, following, look.desk, self._now)
            sender = self._clients.of(connection, following.claim.channel, look.around)
        tally[status] += 1
        if begun_at is None:
            return None
        self._claimed.drop_first()
        return Taken(following, sender, begun_at)

    def _put_right(self, answered: Answered | None, tally: Counter[str], error: Exception) -> None:
        """The provider has answered; a database that went away just then must not cost the customer a second copy.

        What is claimed and not begun goes back. Raises `error` when nothing was answered, or when time has run out.
        """
        waiting = self._claimed.claims
        self._claimed.let_go()
        deadline, pause = time.monotonic() + self._patience, 0.1
        while True:
            try:
                with database.transaction() as connection:
                    outbox.give_back(connection, waiting)
                    if answered:
                        desk = channels.desk(connection, answered.ready.claim.channel)
                        tally[answer.settle(connection, answered, desk, desk.moment(self._now))] += 1
                break
            except WORTH_ANOTHER_TRY as away:
                if answered is None or time.monotonic() + pause > deadline:
                    raise error from away
                log.warning("outcome not written down yet", id=answered.ready.claim.id, error=type(away).__name__)
                time.sleep(pause)
                pause = min(pause * 2, 2.0)
        if not isinstance(error, WORTH_ANOTHER_TRY) or answered is None:
            raise error


def _whole(claim: Claim) -> AbstractContextManager[Connection]:
    """Looking and beginning: one transaction for a reminder, which keeps the customer's others waiting that long."""
    return database.transaction() if claim.rule_key in reminders.LADDER else database.at_once()


def _handed_over(taken: Taken, meanwhile: Meanwhile) -> Outcome:
    if isinstance(taken.sender, ChannelFault):
        return taken.sender
    try:
        outcome = taken.sender(taken.ready, taken.at, meanwhile)
        steps.reached(steps.ACCEPTED)
        return outcome
    except Exception as error:
        # A surprise in the middle of a hand-off leaves open whether the provider has it.
        log.error("hand-off broke", id=taken.ready.claim.id, error=type(error).__name__)
        return Unknown(f"the hand-off broke ({type(error).__name__})")
