"""The housekeeper promises: it goes on when the host's clock is set back, as it is for an hour each autumn."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import time_machine

from sidecar import loop
from sidecar.loop import Sidecar

LAST_SUMMER_MINUTE = datetime(2026, 11, 1, 5, 59, tzinfo=UTC)


def test_a_clock_that_is_set_back_keeps_nothing_waiting(monkeypatch):
    monkeypatch.setattr(loop, "UPKEEP_SECONDS", 0.05)
    rounds = threading.Semaphore(0)
    sidecar = Sidecar(senders=1)
    for job in ("_beat", "_scan", "_back_up"):
        monkeypatch.setattr(sidecar, job, rounds.release)
    monkeypatch.setattr(sidecar, "_upkeep", rounds.release)
    house = threading.Thread(target=sidecar._keep_house, daemon=True)

    with time_machine.travel(LAST_SUMMER_MINUTE) as clock:
        house.start()
        before = rounds.acquire(timeout=10)
        clock.shift(timedelta(hours=-1))
        after = all(rounds.acquire(timeout=5) for _ in range(30))
        sidecar._stop.set()
        house.join(10)

    assert before
    assert after
    assert not house.is_alive()
