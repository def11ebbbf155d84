"""What one sender has claimed and not begun, and how much of it is enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from engine.deliver import channel as channels
from engine.deliver import last_look, outbox, reminders, steps
from engine.deliver.channel import CHANNELS, Desk
from engine.deliver.last_look import Look, Waiting
from engine.deliver.outbox import Claim
from engine.deliver.pace import Pace
from engine.store import database
from engine.store.database import Connection

log = structlog.get_logger()


class Claimed:
    """Messages of one channel in the order of their ids, with the look that was taken at each."""

    def __init__(self, now: datetime | None, among: int, stopping: Callable[[], bool]) -> None:
        """As of a Dispatcher."""
        self._now, self._among, self._stopping = now, among, stopping
        self._waiting: list[Waiting] = []
        self._full = False  # as many were claimed as were asked for, so more may wait
        self._pace = {channel: Pace() for channel in channels.PROVIDERS}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def claims(self) -> list[Claim]:
        return [each.claim for each in self._waiting]

    @property
    def first(self) -> Waiting:
        """Raises IndexError when nothing waits."""
        return self._waiting[0]

    @property
    def look(self) -> Look | None:
        """At the first, while it holds."""
        look = self._waiting[0].look if self._waiting else None
        return look if look and look.holds else None

    def pace(self, channel: str) -> Pace:
        return self._pace[channel]

    def most(self, channel: str, desk: Desk) -> int:
        """How many to claim: of a provider that is being probed one, else what is handed over while a look holds."""
        return 1 if desk.last_error else self._pace[channel].fit_into(last_look.HOLDS_SECONDS)

    def take(self, connection: Connection, channel: str, now: datetime, most: int, *, to_try: bool = False) -> None:
        """`to_try`: whether the channel works again."""
        steps.reached(steps.BEFORE_CLAIM)
        if to_try:
            claims = outbox.claim_to_try(connection, channel, now)
        else:
            claims = outbox.claim(connection, channel, now, most, self._among)
        self._waiting, self._full = [Waiting(each) for each in claims], len(claims) == most
        if claims:
            steps.reached(steps.AFTER_CLAIM)

    def fill_up(self, channel: str) -> None:
        """Where more may wait, the next few are claimed and looked at while the provider thinks about the last one.

        As few as can begin while the look holds, by the pace so far. What goes wrong here goes wrong again when it
        matters: the message at the provider comes first.
        """
        most = self._pace[channel].fit_into(last_look.HOLDS_SECONDS) - 1
        if self._waiting or not self._full or most < 1 or self._stopping():
            return
        try:
            with database.at_once() as connection:
                due = channels.due(connection, CHANNELS, self._now)
                desk = due.get(channel)
                # Another channel would wait for ever behind one that never runs dry.
                if desk is None or len(due) > 1 or desk.here or desk.paused or not desk.works:
                    return
                self.take(connection, channel, desk.moment(self._now), most)
                if self._waiting and self.first.claim.rule_key not in reminders.LADDER:
                    self.look_ahead(connection, desk)
        except Exception as error:
            log.warning("could not look ahead", channel=channel, error=type(error).__name__)

    def look_ahead(self, connection: Connection, desk: Desk) -> None:
        self._waiting = last_look.look_ahead(connection, self.claims, desk, self._now)

    def drop_first(self) -> None:
        """Its attempt has begun, or it stays."""
        self._waiting = self._waiting[1:]

    def let_go(self) -> None:
        """They are given back, or will be."""
        self._waiting = []
