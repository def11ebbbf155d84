"""A job that was cancelled by mistake and taken back has lost nothing of what its customer was about to hear."""

import pytest

from engine import grace
from engine.access import LOCAL
from engine.decide import run as deciding
from tests import desk, shop

QUEUED = ("queued", None)
ON_PRESS = "production_started_email"


@pytest.fixture
def job(connection, maya):
    """On press a moment ago, of which the customer has not heard yet."""
    desk.open_shop(connection, grace_seconds=120)
    job = shop.make_job(connection, customer_id=maya["id"])
    shop.move_job(connection, job, "in_production")
    deciding.decide_all(desk.NOW)
    return job


def cancelled_by_mistake(connection, job, *, decided=True):
    """And undone at once, with or without the decider between the two."""
    shop.move_job(connection, job, "cancelled")
    if decided:
        deciding.decide_all(desk.NOW)
    *_, event = shop.events(connection, type="job.status_changed")
    with connection.transaction():
        grace.undo(connection, event["id"], actor=LOCAL, now=desk.NOW)
    deciding.decide_all(desk.NOW)


def became(connection):
    """Of the messages about the press, those aside that the undoing itself left out."""
    return [fate for fate in desk.fates(connection, ON_PRESS) if fate != ("skipped", "quiet")]


@pytest.mark.parametrize("decided", [True, False])
def test_what_waited_goes_out_in_its_time_and_once(connection, job, run, decided):
    cancelled_by_mistake(connection, job, decided=decided)

    run(minutes=3)
    run(minutes=6)

    stopped = [("cancelled", "no_longer_true")] if decided else []
    assert became(connection) == [*stopped, ("sent", None)]


def test_a_second_mistake_loses_no_more_than_the_first(connection, job, run):
    cancelled_by_mistake(connection, job)
    cancelled_by_mistake(connection, job)

    run(minutes=3)

    assert became(connection) == [("cancelled", "no_longer_true")] * 2 + [("sent", None)]


def test_what_was_held_is_held_again_for_the_same_reason(connection, job):
    connection.execute("UPDATE message SET status = 'held', reason = 'surge' WHERE rule_key = %s", [ON_PRESS])

    cancelled_by_mistake(connection, job)

    assert became(connection) == [("cancelled", "no_longer_true"), ("held", "surge")]


def test_a_job_that_stays_cancelled_says_nothing_more(connection, job, run):
    cancelled_by_mistake(connection, job)
    shop.move_job(connection, job, "cancelled")

    run(minutes=3)

    assert became(connection) == [("cancelled", "no_longer_true")] * 2
    assert QUEUED not in desk.fates(connection)
