"""The surge guard promises: a bulk edit is stopped before it becomes a flood, the first messages included."""

import pytest

from engine.decide import run as deciding
from engine.deliver import desk as desks
from tests import desk, shop

RULE = "production_started_email"


def decide(**lapse):
    return deciding.decide_all(desk.after(**lapse))


@pytest.fixture
def make_jobs(connection):
    def make(count, **values):
        return [shop.make_job(connection, **values) for _ in range(count)]

    return make


def press(connection, jobs):
    connection.execute("UPDATE job SET status = 'in_production' WHERE id = ANY(%s)", [[job["id"] for job in jobs]])


def test_a_bulk_edit_beyond_the_limit_holds_every_message_of_it(connection, make_jobs):
    desk.open_shop(connection, surge_limit=4)
    press(connection, make_jobs(5))

    tally = decide()

    assert desk.fates(connection, RULE) == [("held", "surge")] * 5
    assert tally["surge"] == 5


def test_staff_see_every_move_of_a_bulk_edit(connection, make_jobs):
    desk.open_shop(connection, surge_limit=4)
    press(connection, make_jobs(5))

    decide()

    assert desk.fates(connection, "status_change_toast") == [("queued", None)] * 5


def test_as_many_as_the_limit_go_out(connection, make_jobs):
    desk.open_shop(connection, surge_limit=5)
    press(connection, make_jobs(5))

    decide()

    assert desk.fates(connection, RULE) == [("queued", None)] * 5


def test_one_too_many_holds_those_before_it_that_have_not_left(connection, make_jobs, run):
    desk.open_shop(connection, surge_limit=3)
    jobs = make_jobs(4)
    press(connection, jobs[:2])
    run()
    press(connection, jobs[2:3])
    decide(minutes=5)

    press(connection, jobs[3:])
    decide(minutes=6)

    assert desk.fates(connection, RULE) == [("sent", None), ("sent", None), ("held", "surge"), ("held", "surge")]


def test_what_is_older_than_ten_minutes_is_no_part_of_a_surge(connection, make_jobs):
    desk.open_shop(connection, surge_limit=3)
    jobs = make_jobs(4)
    press(connection, jobs[:2])
    decide()

    press(connection, jobs[2:])
    decide(minutes=11)

    assert desk.fates(connection, RULE) == [("queued", None)] * 4


def test_messages_that_were_skipped_anyway_make_no_surge(connection, make_jobs):
    desk.open_shop(connection, surge_limit=3)
    nobody = shop.make_customer(connection, email=None)
    press(connection, [*make_jobs(3), *make_jobs(4, customer_id=nobody["id"])])

    decide()

    assert desk.fates(connection, RULE).count(("queued", None)) == 3


def test_six_of_one_kind_to_one_customer_within_an_hour_are_held_and_others_go_on(connection, make_jobs, maya):
    others = make_jobs(2)
    theirs = make_jobs(6, customer_id=maya["id"])
    for minutes, job in enumerate(theirs):
        press(connection, [job])
        decide(minutes=minutes * 10)
    press(connection, others)

    decide(minutes=51)

    assert desk.fates(connection, RULE) == [("held", "surge")] * 6 + [("queued", None)] * 2


@pytest.mark.parametrize("limit", [0])
def test_a_limit_of_zero_is_no_limit(connection, make_jobs, limit):
    desk.open_shop(connection, surge_limit=limit)
    press(connection, make_jobs(25))

    decide()

    assert desk.fates(connection, RULE) == [("queued", None)] * 25


def test_what_was_released_is_not_held_again_although_it_had_to_wait_once_more(connection, admin, make_jobs, run):
    desk.open_shop(connection, surge_limit=2)
    press(connection, make_jobs(3))
    decide()
    released = [row["id"] for row in desk.messages(connection, rule_key=RULE)]
    desks.release(connection, released, actor=admin["id"], now=desk.after(minutes=1))
    # Such as by a mail server that puts it off.
    connection.execute("UPDATE message SET detail = '451 later', try_after = %s", [desk.after(minutes=30)])

    press(connection, make_jobs(3))
    decide(minutes=2)

    assert desk.fates(connection, RULE) == [("queued", None)] * 3 + [("held", "surge")] * 3


def test_what_somebody_sends_again_is_no_part_of_a_surge(connection, admin, make_jobs):
    desk.open_shop(connection, surge_limit=2)
    press(connection, make_jobs(2))
    decide()
    connection.execute("UPDATE message SET status = 'failed' WHERE rule_key = %s", [RULE])
    for row in desk.messages(connection, rule_key=RULE):
        desks.send_again(connection, row["id"], actor=admin["id"], now=desk.after(minutes=20), to=row["to_address"])
    press(connection, make_jobs(1))

    decide(minutes=21)

    assert desk.fates(connection, RULE)[2:] == [("queued", None)] * 3
