"""Wakes whoever waits for work: rung by Postgres' NOTIFY, by the clock, and at the end."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from engine.errors import named
from engine.store import database
from engine.store.database import Connection

log = structlog.get_logger()

QUIET_SECONDS = 10.0
"""How long a listener waits before it looks whether it is still wanted; each look costs an idle sidecar a little."""


class Bell:
    """A ring between two waits is never missed: each waiter remembers the last one it heard."""

    def __init__(self, waiters: int = 1) -> None:
        self._lock = threading.Lock()
        self._rings = 0
        self._up = waiters
        self._resting: list[threading.Event] = []

    def ring(self, needed: int | None = None) -> None:
        """Wakes everybody; or so many that with those who are up, and look again before they rest, it is enough.

        Whoever went to rest last is woken first: its connections stand, and its statements are planned.
        """
        with self._lock:
            self._rings += 1
            missing = len(self._resting) if needed is None else needed - self._up
            for _ in range(min(missing, len(self._resting))):
                self._up += 1
                self._resting.pop().set()

    def wait(self, heard: int, seconds: float) -> int:
        """Returns at once when it rang since `heard`, else when it is woken or after `seconds`."""
        woken = threading.Event()
        with self._lock:
            if self._rings != heard:
                return self._rings
            self._up -= 1
            self._resting.append(woken)
        woken.wait(seconds)
        with self._lock:
            if woken in self._resting:
                self._up += 1
                self._resting.remove(woken)
            return self._rings

    @contextmanager
    def away(self) -> Iterator[None]:
        """For whoever is busy with something that may take long, and can't be counted upon meanwhile."""
        self._count(-1)
        try:
            yield
        finally:
            self._count(1)

    def _count(self, step: int) -> None:
        with self._lock:
            self._up += step


def listen(bell: Bell, stopped: Callable[[], bool], own: Callable[[], int | None] = lambda: None) -> None:
    """Rings for every NOTIFY but those of the backend `own`, whose writes this process knows of.

    Without a connection it tries again each second, and polling goes on meanwhile.
    """
    pause = threading.Event()
    while not stopped():
        try:
            with database.listener() as connection:
                while not stopped():
                    if any(notice.pid != own() for notice in connection.notifies(timeout=0)):
                        bell.ring()
                    _until_readable(connection)
        except Exception as error:
            # Whatever it was, a bell that fell silent would be noticed by nobody.
            log.warning("listening stopped", error=named(error))
            pause.wait(1.0)


def _until_readable(connection: Connection) -> None:
    """Asleep in one system call: psycopg's own wait looks up ten times a second, for the sake of Ctrl-C."""
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    line.poll(QUIET_SECONDS * 1000)
