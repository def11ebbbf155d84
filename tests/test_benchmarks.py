"""The benchmarks can be run: every measurement gives a figure beside its yardstick, at a size that takes a moment."""

from __future__ import annotations

import tempfile

import pytest

from benchmarks import big, capture, compose, latency, memory, pages, pipeline, queue, slow, start
from benchmarks.table import Row, Skipped, line
from tests.conftest import in_memory

SMALL = {
    "pipeline": lambda: pipeline.rows(messages=12, turns=1),
    "latency": lambda: latency.rows(changes=6),
    "slow": lambda: slow.rows(senders=(2,), each=3),
    "queue": lambda: queue.rows(messages=12, turns=1),
    "capture": lambda: capture.rows(jobs=40, turns=1),
    "big": lambda: big.rows(many=60, few=20, idle_seconds=0.2),
    "compose": lambda: compose.rows(rounds=3),
    "pages": lambda: pages.rows(rounds=1, addresses=["health"], painted=(), filled=False),
    "memory": lambda: memory.rows(many=24, few=12),
    "start": lambda: start.rows(commands=["engine catalog --json"], rounds=1),
}


@pytest.mark.parametrize("family", SMALL)
def test_each_measurement_gives_a_figure_beside_its_yardstick(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setattr(tempfile, "tempdir", in_memory())

    found = list(SMALL[family]())

    assert found
    for row in found:
        assert line(row)
        assert isinstance(row, Skipped) or (row.figure >= 0 and row.yardstick > 0)


def test_an_aim_is_met_or_it_is_said_that_it_is_not() -> None:
    quick = Row("a", 10, 4, "b", "a second", at_least=2)
    slow = Row("a", 10, 4, "b", "s", at_most=2)

    assert (quick.met, slow.met, quick.cells[-3:], slow.cells[-1]) == (True, False, ("2.50", "≥ 2", "yes"), "no")
