"""The last look promises: what is no longer wanted or true just before the hand-off is not sent, and says why."""

from datetime import UTC, datetime, time

import pytest

from engine.store import facts
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


def test_a_rule_that_was_switched_off_sends_nothing_more(connection, decided, run):
    desk.switch(connection, False, RULE)

    run(minutes=3)

    assert desk.fates(connection, RULE) == [("cancelled", "no_longer_true")]


def test_an_address_is_read_again_and_may_have_been_corrected(connection, decided, maya, run):
    shop.update(connection, "customer", maya["id"], email="new@example.com")

    run(minutes=3)

    assert desk.message(connection, RULE)["to_address"] == "new@example.com"
    assert desk.fates(connection, RULE) == [SENT]


@pytest.mark.parametrize(("email", "reason"), [(None, "no_address"), ("maya@", "address_invalid")])
def test_an_address_that_was_taken_away_cancels(connection, decided, maya, run, email, reason):
    shop.update(connection, "customer", maya["id"], email=email)

    run(minutes=3)

    assert desk.fates(connection, RULE) == [("cancelled", reason)]


def test_an_address_that_bounced_in_the_meantime_cancels(connection, decided, run):
    shop.insert(
        connection, "suppression", channel="email", address="maya@example.com", reason="bounced", since=desk.NOW
    )

    run(minutes=3)

    assert desk.fates(connection, RULE) == [("cancelled", "bounced")]


def test_a_suppression_that_was_lifted_does_not_count(connection, decided, run):
    values = {"channel": "email", "address": "maya@example.com", "reason": "bounced"}
    shop.insert(connection, "suppression", since=desk.NOW, lifted_at=desk.NOW, **values)

    run(minutes=3)

    assert desk.fates(connection, RULE) == [SENT]


def test_a_paused_customer_s_messages_wait_for_the_end_of_the_pause(connection, decided, job, maya, run):
    shop.make_invoice(connection, job_id=job["id"], status="sent")
    run()
    shop.update(connection, "customer", maya["id"], messages_paused_until=desk.after(hours=1))

    run(minutes=3)
    assert desk.fates(connection, RULE, "invoice_sent_email") == [("held", "customer_paused")] * 2

    run(hours=1)
    assert desk.fates(connection, RULE, "invoice_sent_email") == [SENT] * 2


def test_a_paused_job_s_messages_wait_until_it_goes_on(connection, decided, job, run):
    shop.update(connection, "job", job["id"], messages_paused=True)
    run(minutes=3)
    assert desk.fates(connection, RULE) == [("held", "job_paused")]

    shop.update(connection, "job", job["id"], messages_paused=False)
    run(minutes=4)

    assert desk.fates(connection, RULE) == [SENT]


def test_a_rule_switched_off_for_one_customer_cancels(connection, decided, maya, run):
    shop.insert(connection, "rule_override", customer_id=maya["id"], rule_key=RULE, enabled=False)

    run(minutes=3)

    assert desk.fates(connection, RULE) == [("cancelled", "off_for_customer")]


def test_news_that_could_not_leave_in_time_expires_and_a_document_waits_for_a_person(connection, decided, job, run):
    shop.make_invoice(connection, job_id=job["id"], status="sent")
    run()

    run(hours=73)

    assert desk.fates(connection, RULE, "invoice_sent_email") == [("expired", "stale"), ("held", "stale")]


def test_time_spent_on_hold_does_not_make_news_old(connection, decided, job, run):
    job = shop.move_job(connection, job, "on_hold")
    run(minutes=1)
    shop.move_job(connection, job, "in_production")

    run(hours=80)

    assert desk.fates(connection, RULE)[0] == SENT


def test_a_text_outside_its_hours_goes_back_to_the_queue_until_they_open(connection, job, run):
    desk.open_shop(connection, grace_seconds=0, sms_from=time(9), sms_until=time(20))
    desk.switch(connection, True, "status_update_sms")
    shop.move_job(connection, job, "in_production")
    run(hours=9, minutes=59)
    connection.execute("UPDATE message SET status = 'queued', attempts = 1 WHERE channel = 'sms'")

    run(hours=10)

    message = desk.message(connection, "status_update_sms")
    assert message["status"] == "queued"
    assert message["send_after"] == desk.after(hours=9, minutes=59)
    assert message["try_after"] == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "phone",
    ["(212) 555-0123 ext. 4", "212-555-0123x204", "+1 212 555 0123 #7", "(212) JJL-0123", "２１２ ５５５ ０１２３"],
)
def test_whoever_said_stop_gets_no_text_however_the_number_is_written(connection, maya, job, run, phone):
    shop.insert(connection, "suppression", channel="sms", address="+12125550123", reason="opted_out", since=desk.NOW)
    shop.update(connection, "customer", maya["id"], phone=phone)
    desk.only(connection, "job_complete_sms")
    shop.move_job(connection, job, "completed_order")

    run(minutes=3)

    assert desk.fates(connection, "job_complete_sms") == [("skipped", "opted_out")]


def test_of_the_numbers_that_said_stop_only_one_s_own_are_read(connection, maya, job):
    for address in ("+12125550123", "+13125550199"):
        shop.insert(connection, "suppression", channel="sms", address=address, reason="opted_out", since=desk.NOW)
    shop.update(connection, "customer", maya["id"], phone="(212) 555-0123 ext. 4")
    shop.move_job(connection, job, "in_production")
    [event] = shop.events(connection)

    [known] = facts.for_events(connection, [event["id"]]).values()

    assert {address for _, address in known.suppressed} == {"+12125550123"}


def test_whoever_wants_no_emails_is_not_said_to_have_bounced(connection, maya, job, run):
    address = {"channel": "email", "address": "maya@example.com", "reason": "opted_out"}
    shop.insert(connection, "suppression", since=desk.NOW, **address)
    shop.move_job(connection, job, "in_production")

    run(minutes=3)

    assert desk.fates(connection, RULE) == [("skipped", "opted_out")]


@pytest.mark.parametrize("email", [" Maya@example.com ", "maya@example.com\r\n", "\u00a0maya@example.com\t"])
def test_an_address_that_bounced_is_the_same_with_blanks_around_it(connection, maya, job, run, email):
    shop.update(connection, "customer", maya["id"], email=email)
    shop.insert(
        connection, "suppression", channel="email", address="maya@example.com", reason="bounced", since=desk.NOW
    )
    shop.move_job(connection, job, "in_production")

    run(minutes=3)

    assert desk.fates(connection, RULE) == [("skipped", "bounced")]
