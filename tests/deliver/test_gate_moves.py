"""The last look at a job that has moved on: what it was is no news, and there and back again is none at all."""

import pytest

from tests import desk, shop

RULE = "production_started_email"
SENT = ("sent", None)


@pytest.fixture(autouse=True)
def a_shop_that_waits(connection):
    """Two minutes pass between deciding and the last look."""
    desk.open_shop(connection, grace_seconds=120)


@pytest.fixture
def decided(connection, job, run):
    """The job went on press, and its email waits out the grace period."""
    shop.move_job(connection, job, "in_production")
    run()
    assert desk.fates(connection, RULE) == [("queued", None)]


def test_a_job_that_has_moved_a_step_further_is_still_in_production(connection, decided, job, run):
    shop.move_job(connection, job, "bagging")

    run(minutes=3)

    assert desk.fates(connection, RULE) == [SENT]


def test_a_job_that_has_moved_past_it_is_not_announced_as_in_production(connection, decided, job, run):
    shop.move_job(connection, job, "completed_order")
    run(minutes=1)

    run(minutes=3)

    assert desk.fates(connection, RULE, "job_complete_email") == [("cancelled", "no_longer_true"), SENT]


def test_a_picked_up_order_that_was_shipped_is_not_announced_as_ready(connection, job, run):
    shop.update(connection, "job", job["id"], delivery_method="pickup")
    shop.move_job(connection, job, "completed_order", "shipped")

    run(minutes=3)
    run(minutes=6)

    assert desk.fates(connection, "job_complete_email") == [("cancelled", "no_longer_true")]


def test_a_move_there_and_back_within_the_grace_period_tells_nobody(connection, decided, job, run):
    shop.move_job(connection, job, "quote")

    run(minutes=3)

    assert desk.fates(connection, RULE) == [("cancelled", "no_net_change")]


def test_a_detour_that_ends_where_it_began_tells_nobody(connection, job, run):
    desk.switch(connection, True, "status_change_email")
    shop.move_job(connection, job, "art_approved", "films", "art_approved", "quote")

    run()
    run(minutes=3)

    assert set(desk.fates(connection, "status_change_email")) == {
        ("cancelled", "no_net_change"),
        ("skipped", "already_told"),
    }


def test_moving_back_after_the_customer_was_told_is_news_again(connection, job, run):
    desk.switch(connection, True, "status_change_email")
    job = shop.move_job(connection, job, "shipped")
    run()
    run(minutes=3)
    job = shop.move_job(connection, job, "delivered")
    run(minutes=4)
    run(minutes=7)
    shop.move_job(connection, job, "shipped")
    connection.execute("UPDATE message SET created_at = created_at - interval '2 days'")
    run(minutes=8)

    run(minutes=11)

    assert desk.fates(connection, "status_change_email") == [SENT] * 3


def test_a_move_whose_email_may_have_arrived_counts_as_told(connection, run):
    desk.switch(connection, True, "status_change_email")
    job = shop.move_job(connection, shop.make_job(connection, status="art_approved"), "shipped")
    run()
    told = desk.message(connection, "status_change_email")
    shop.update(connection, "message", told["id"], status="unknown", reason="outcome_unknown")
    shop.insert(connection, "attempt", message_id=told["id"], lease=1, started_at=desk.NOW, outcome="unknown")
    shop.move_job(connection, job, "art_approved")

    run(minutes=1)
    run(minutes=4)

    assert desk.fates(connection, "status_change_email") == [("unknown", "outcome_unknown"), SENT]


def test_a_detour_taken_later_does_not_silence_what_was_true_before_and_after_it(connection, run):
    desk.switch(connection, True, "status_change_email")
    job = shop.move_job(connection, shop.make_job(connection, status="art_approved"), "shipped")
    connection.execute("UPDATE event SET occurred_at = occurred_at - interval '10 minutes'")
    shop.move_job(connection, job, "delivered", "shipped")

    run()
    run(minutes=3)

    assert desk.fates(connection, "status_change_email")[0] == SENT


def test_moves_that_lie_further_apart_than_the_grace_period_are_two_pieces_of_news(connection, job, run):
    desk.switch(connection, True, "status_change_email")
    job = shop.move_job(connection, job, "shipped", "delivered")
    connection.execute("UPDATE event SET occurred_at = occurred_at - interval '10 minutes'")
    shop.move_job(connection, job, "shipped")

    run()
    run(minutes=3)

    assert SENT in desk.fates(connection, "status_change_email")
