"""Under kills, crashes and lying providers nothing is lost, and a repeat is one that a sender had in flight."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from engine.deliver import steps
from tests import ready_server
from tests.chaos import account
from tests.chaos.storm import AT_RANDOM, MAIL_TROUBLES, TEXT_TROUBLES, Ground, Storm, in_turn, until
from tests.chaos.witness import ROOT
from tests.chaos.writers import Writers


@pytest.fixture
def ground():
    with Ground(ready_server.copy) as ground:
        yield ground


def test_killed_at_every_step_with_postgres_crashing_nothing_is_lost(ground):
    storm = Storm(ground, seed=6)
    writing = Writers(ground.url, seed=6, per_second=8)
    for trouble in MAIL_TROUBLES:
        storm.trouble_mail(*trouble)
    for trouble in TEXT_TROUBLES:
        storm.trouble_texts(*trouble)
    over = threading.Event()
    plans = [in_turn(steps.STEPS[:3], over), in_turn([*steps.STEPS[3:], AT_RANDOM], over)]
    slots = [threading.Thread(target=storm.sidecars_die, args=[plan]) for plan in plans]

    writing.start()
    for slot in slots:
        slot.start()
    until(lambda: ground.witness.count() > 0, 20)
    storm.end_back_ends()
    until(lambda: ground.witness.count() > 10, 20)
    storm.restart_postgres(crash=True)
    over.set()
    for slot in slots:
        slot.join()
    writing.stop()
    ground.witness.smtp("behave")
    ground.witness.twilio("behave")
    for minutes in (4, 90):
        ground.at(datetime.now(UTC) + timedelta(minutes=minutes))

    drawn = account.draw(ground.url, ground.witness)
    print(account.report(drawn, storm.losses, "leases lapsed by a moved clock"))
    drawn.check(storm.losses, writing.committed)
    assert {*steps.STEPS} <= {*storm.losses.kills}


@pytest.mark.parametrize(("given", "survives"), [({}, True), ({steps.VARIABLE: "accepted:2"}, False)])
def test_a_step_is_fatal_only_to_a_process_that_was_started_for_it(given, survives):
    program = "from engine.deliver import steps\nfor _ in range(3): steps.reached(steps.ACCEPTED)\nprint('alive')"

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **given},
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert (done.returncode == 0, "alive" in done.stdout) == (survives, survives)
