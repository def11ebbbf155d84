"""The bell promises: no ring is missed, and nobody is woken in vain."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sidecar.bell import Bell, listen
from tests.chaos.storm import until
from tests.shop import Connection

MANY = 4


class Waiters:
    """So many threads that wait; whoever is woken stays up until it is sent back."""

    def __init__(self, bell: Bell) -> None:
        self.woken, self._back, self._end = 0, threading.Semaphore(0), False
        self._bell, self._lock = bell, threading.Lock()
        self.threads = [threading.Thread(target=self._wait, daemon=True) for _ in range(MANY)]
        for thread in self.threads:
            thread.start()

    def _wait(self) -> None:
        heard = 0
        while not self._end:
            heard = self._bell.wait(heard, 30.0)
            with self._lock:
                self.woken += 1
            self._back.acquire()

    def end(self) -> None:
        self._end = True
        self._back.release(1000)
        self._bell.ring()
        for thread in self.threads:
            thread.join(10)


@pytest.fixture
def bell() -> Bell:
    return Bell(MANY)


@pytest.fixture
def waiters(bell: Bell) -> Iterator[Waiters]:
    threads = Waiters(bell)
    assert until(lambda: bell._up == 0, 10)
    yield threads
    threads.end()


def woken(waiters: Waiters, count: int) -> Callable[[], bool]:
    return lambda: waiters.woken == count


@pytest.mark.parametrize("needed", [0, 1, 3, 99])
def test_as_many_are_woken_as_are_needed(bell: Bell, waiters: Waiters, needed: int) -> None:
    bell.ring(needed)

    assert until(woken(waiters, min(needed, MANY)), 10)
    assert until(lambda: bell._up == waiters.woken, 10)


def test_whoever_is_up_already_is_counted_upon(bell: Bell, waiters: Waiters) -> None:
    bell.ring(2)
    assert until(lambda: bell._up == 2, 10)

    bell.ring(3)

    assert until(woken(waiters, 3), 10)


def test_whoever_is_busy_elsewhere_is_not(bell: Bell, waiters: Waiters) -> None:
    bell.ring(1)
    assert until(lambda: bell._up == 1, 10)

    with bell.away():
        bell.ring(1)

        assert until(woken(waiters, 2), 10)


def test_whoever_rested_last_is_woken_first(bell: Bell) -> None:
    order: list[str] = []

    def rest(name: str) -> threading.Thread:
        thread = threading.Thread(target=lambda: (bell.wait(0, 30.0), order.append(name)), daemon=True)
        thread.start()
        return thread

    first = rest("first")
    assert until(lambda: bell._up == MANY - 1, 10)
    last = rest("last")
    assert until(lambda: bell._up == MANY - 2, 10)

    bell.ring(bell._up + 1)
    last.join(10)
    bell.ring()
    first.join(10)

    assert order == ["last", "first"]


def test_a_ring_before_somebody_rests_is_heard(bell: Bell) -> None:
    bell.ring(0)

    assert bell.wait(0, 30.0) == 1


def test_a_notice_of_our_own_rings_nothing_and_anybody_else_s_does(connection: Connection, database_url: str) -> None:
    heard, over = Bell(), threading.Event()
    listener = threading.Thread(target=listen, args=[heard, over.is_set, lambda: connection.info.backend_pid])
    listener.start()
    with psycopg.connect(database_url, autocommit=True) as other:
        assert until(lambda: listening(other), 10)

        connection.execute("NOTIFY inkbell")
        other.execute("NOTIFY inkbell")

        assert heard.wait(0, 10.0) == 1
        over.set()
        connection.execute("NOTIFY inkbell")
        listener.join(10)
    assert heard.wait(0, 0.0) == 1


def test_a_listener_sleeps_as_long_as_nobody_says_anything(connection: Connection, database_url: str) -> None:
    heard, over = Bell(), threading.Event()
    listener = threading.Thread(target=listen, args=[heard, over.is_set], daemon=True)
    listener.start()
    assert until(lambda: listening(connection), 10)
    connection.execute("NOTIFY inkbell")
    assert heard.wait(0, 10.0) == 1
    before = times_asleep(listener)

    heard.wait(1, 1.0)

    assert times_asleep(listener) - before <= 3
    over.set()
    connection.execute("NOTIFY inkbell")
    listener.join(10)


def times_asleep(thread: threading.Thread) -> int:
    """How often it has given its processor back to wait for something."""
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])


def listening(other: psycopg.Connection[Any]) -> bool:
    asked = "SELECT FROM pg_stat_activity WHERE query = 'LISTEN inkbell' AND datname = current_database()"
    return other.execute(asked).fetchone() is not None
