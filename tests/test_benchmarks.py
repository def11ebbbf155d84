"""The benchmarks can be run: every measurement gives a figure beside its yardstick, at a size that takes a moment."""

from __future__ import annotations

import tempfile

import pytest

from benchmarks import big, capture, compose, ground, latency, memory, pages, pipeline, queue, slow, start
from benchmarks.table import Row, Skipped, line
from engine import settings
from tests.conftest import TEMPLATE, in_memory

SMALL = {
    "pipeline": lambda: pipeline.rows(messages=6, turns=1),
    "latency": lambda: latency.rows(changes=4),
    "slow": lambda: slow.rows(senders=(2,), each=3),
    "queue": lambda: queue.rows(messages=6, turns=1),
    "capture": lambda: capture.rows(jobs=40, turns=1),
    "big": lambda: big.rows(many=60, few=20, looks=3, settle_seconds=0.5, idle_seconds=0.2),
    "compose": lambda: compose.rows(rounds=3),
    "pages": lambda: pages.rows(rounds=1, addresses=["health"], painted=(), filled=False),
    "memory": lambda: memory.rows(many=24, few=12, settle_seconds=0.1),
    "start": lambda: start.rows(commands=["engine catalog --json"], rounds=1),
}


@pytest.fixture
def server_of_the_run(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured on the run's own server: to make one for each process takes longer than to measure."""
    monkeypatch.setattr(ground, "server", lambda: server_url)
    monkeypatch.setattr(ground, "TEMPLATE", TEMPLATE)


@pytest.fixture
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they are without a database of the test's own."""
    monkeypatch.setenv("DATABASE_URL", "")
    # The ground sets one of its own, which lasts no longer than the test.
    monkeypatch.setenv("INKBELL_DATA_DIR", settings.environment().inkbell_data_dir.as_posix())
    monkeypatch.setattr(tempfile, "tempdir", in_memory())


@pytest.mark.usefixtures("server_of_the_run", "surroundings")
@pytest.mark.parametrize("family", SMALL)
def test_each_measurement_gives_a_figure_beside_its_yardstick(family: str) -> None:
    found = list(SMALL[family]())

    assert found
    for row in found:
        assert line(row)
        assert isinstance(row, Skipped) or (row.figure >= 0 and row.yardstick > 0)


@pytest.mark.usefixtures("surroundings")
def test_what_is_measured_is_a_live_shop_on_a_server_that_waits_for_the_disk() -> None:
    with ground.shop() as connection:
        row = connection.execute("SELECT current_setting('fsync') AS fsync, delivery_mode FROM shop").fetchone()

    assert row == {"fsync": "on", "delivery_mode": "live"}


def test_an_aim_is_met_or_it_is_said_that_it_is_not() -> None:
    quick = Row("a", 10, 4, "b", "a second", at_least=2)
    slow = Row("a", 10, 4, "b", "s", at_most=2)

    assert (quick.met, slow.met, quick.cells[-3:], slow.cells[-1]) == (True, False, ("2.50", "≥ 2", "yes"), "no")
