"""Wakes whoever waits for work: rung by Postgres' NOTIFY, by the clock, and at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from engine.errors import named
from engine.store import database

log = structlog.get_logger()


class Bell:
    """A ring between two waits is never missed: each waiter remembers the last one it heard."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    def ring(self, most: int | None = None) -> None:
        """Wakes everybody, or so many: who is busy looks again by itself, and the others would only be in its way."""
        with self._condition:
            self._rings += 1
            if most is None:
                self._condition.notify_all()
            else:
                self._condition.notify(most)

    def wait(self, heard: int, seconds: float) -> int:
        """Returns at once when it rang since `heard`, else on the next ring or after `seconds`."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != heard, timeout=seconds)
            return self._rings


def listen(bell: Bell, stopped: Callable[[], bool]) -> None:
    """Rings for every NOTIFY; without a connection it tries again each second, and polling goes on meanwhile."""
    pause = threading.Event()
    while not stopped():
        try:
            with database.listener() as connection:
                while not stopped():
                    if any(True for _ in connection.notifies(timeout=1.0, stop_after=1)):
                        bell.ring()
        except Exception as error:
            # Whatever it was, a bell that fell silent would be noticed by nobody.
            log.warning("listening stopped", error=named(error))
            pause.wait(1.0)
