"""The decider promises: every event is decided once, one after the other, and a broken one never blocks the rest."""

import pytest

from engine.decide import run as deciding
from engine.store import database
from tests import desk, shop

QUEUED, ALREADY = ("queued", None), ("skipped", "already_told")


def decide(**lapse):
    return deciding.decide_all(desk.after(**lapse))


@pytest.fixture
def broken(connection, maya):
    """A customer whose messages can't be written: Postgres itself refuses them, with a DETAIL that quotes the row."""
    connection.execute("""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE 'no message to %', NEW.to_address USING ERRCODE = 'check_violation'; END $$""")
    connection.execute(
        f"CREATE TRIGGER refuse BEFORE INSERT ON message FOR EACH ROW WHEN (NEW.customer_id = {maya['id']}) "
        "EXECUTE FUNCTION refuse()"
    )
    return maya


def test_an_event_is_decided_once_and_its_messages_stand_with_it(connection, job):
    shop.move_job(connection, job, "in_production")

    first, second = decide(), decide()

    assert (first["events"], first["queued"], second) == (1, 2, {})
    [event] = shop.events(connection)
    assert event["handled_at"] == desk.NOW


def test_an_event_that_is_decided_again_says_nothing_twice(connection, job):
    shop.move_job(connection, job, "in_production")
    decide()
    connection.execute("UPDATE event SET handled_at = NULL")

    decide()

    assert len(desk.messages(connection)) == 2


def test_a_message_carries_the_moment_the_mode_and_a_random_message_id(connection, job):
    shop.move_job(connection, job, "in_production")

    decide()

    message = desk.message(connection, "production_started_email")
    assert (message["created_at"], message["send_after"], message["mode"]) == (desk.NOW, desk.NOW, "sandbox")
    assert message["rfc_message_id"].endswith("@example.com>")
    toast = desk.message(connection, "status_change_toast")
    assert (toast["mode"], toast["rfc_message_id"]) == (None, None)


def test_several_moves_of_one_job_are_decided_in_order_each_knowing_the_last(connection, job):
    shop.move_job(connection, job, "in_production", "on_hold", "in_production")

    decide()

    assert desk.fates(connection, "production_started_email") == [("held", "job_paused"), ALREADY]


def test_a_proof_version_is_announced_once_however_it_is_brought(connection, job):
    shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_approval_sent")
    decide()
    shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_revision_requested", "art_approval_sent")
    decide(hours=1)

    rows = [row for row in desk.messages(connection) if row["rule_key"].startswith("art_")]
    assert [(row["rule_key"], row["status"]) for row in rows] == [
        ("art_approval_email", "queued"),
        ("art_resubmit_email", "queued"),
    ]


def test_an_announcement_without_change_of_version_is_not_repeated(connection, job):
    shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_approval_sent", "art_requested", "art_approval_sent")

    decide()

    assert desk.fates(connection, "art_approval_email", "art_resubmit_email") == [QUEUED, ALREADY]


def test_what_the_writer_asked_to_keep_quiet_is_recorded_as_quiet(connection, job):
    with connection.transaction():
        connection.execute("SET LOCAL inkbell.quiet = 'customers'")
        shop.move_job(connection, job, "in_production")

    decide()

    assert desk.fates(connection) == [("skipped", "quiet"), QUEUED]


def test_a_cancelled_job_cancels_what_waits_and_one_on_hold_holds_it_but_never_money(connection, maya):
    desk.open_shop(connection, grace_seconds=120)
    cancelled, paused = (shop.make_job(connection, customer_id=maya["id"]) for _ in range(2))
    for job in (cancelled, paused):
        shop.move_job(connection, job, "in_production")
        shop.make_invoice(connection, job_id=job["id"], status="sent")
    decide()

    shop.move_job(connection, cancelled, "cancelled")
    shop.move_job(connection, paused, "on_hold")
    decide()

    assert desk.fates(connection, "production_started_email") == [
        ("cancelled", "no_longer_true"),
        ("held", "job_paused"),
    ]
    assert desk.fates(connection, "invoice_sent_email") == [QUEUED, QUEUED]


def test_an_event_that_cannot_be_decided_waits_and_the_others_go_on(connection, broken, job):
    shop.move_job(connection, job, "in_production")
    shop.make_lead(connection)

    tally = decide()

    assert (tally["failed"], tally["events"]) == (1, 1)
    [stuck] = shop.events(connection, type="job.status_changed")
    assert (stuck["handled_at"], stuck["tries"], stuck["try_after"]) == (None, 1, desk.after(seconds=10))
    assert stuck["last_error"] == "CheckViolation 23514"
    assert desk.fates(connection) == [QUEUED]


def test_an_event_that_cannot_even_be_read_waits_and_the_others_go_on(connection, job):
    shop.move_job(connection, job, "in_production")
    connection.execute("UPDATE event SET payload = '[]'")
    shop.make_lead(connection)

    tally = decide()

    assert (tally["failed"], tally["events"]) == (1, 1)
    [stuck] = shop.events(connection, type="job.status_changed")
    assert (stuck["handled_at"], stuck["tries"], stuck["last_error"]) == (None, 1, "AttributeError")
    assert decide() == {}


def test_after_five_tries_admins_are_told_once_and_it_is_still_tried(connection, admin, broken, job):
    shop.move_job(connection, job, "in_production")

    for hours in range(7):
        decide(hours=hours)

    assert desk.alerts(connection) == ["An event could not be worked through"]
    connection.execute("DROP TRIGGER refuse ON message")
    decide(hours=8)
    assert desk.fates(connection, "production_started_email") == [QUEUED]


@pytest.mark.parametrize("forever", ["infinity", "20260-12-31Z"])
def test_a_moment_beyond_every_calendar_is_a_pause_without_end(connection, maya, job, forever):
    connection.execute("UPDATE customer SET messages_paused_until = %s", [forever])
    shop.move_job(connection, job, "in_production")

    decide()

    assert desk.fates(connection, "production_started_email") == [("skipped", "customer_paused")]


@pytest.mark.parametrize(("hour", "wait"), [(23, 0), (24, 9)])
def test_texts_may_go_out_until_24_00(connection, job, hour, wait):
    desk.only(connection, "job_complete_sms")
    connection.execute("UPDATE shop SET sms_from = '09:00', sms_until = '24:00'")
    shop.move_job(connection, job, "completed_order")

    decide(hours=hour - 10)

    assert desk.message(connection, "job_complete_sms")["send_after"] == desk.after(hours=hour - 10 + wait)


def test_a_date_that_nobody_can_mean_stops_no_message(connection, job):
    connection.execute("UPDATE job SET due_date = '20260-03-09', status = 'in_production'")

    decide()

    assert desk.fates(connection, "production_started_email") == [QUEUED]


def test_while_one_process_decides_another_leaves_the_events_to_it(connection, job):
    shop.move_job(connection, job, "in_production")
    with database.transaction() as other:
        other.execute(deciding.sql.waiting, {"now": None, "most": 1})

        assert decide() == {}

    assert decide()["events"] == 1


def test_a_rule_that_was_just_switched_on_hears_nothing_of_the_past(connection, job):
    shop.move_job(connection, job, "in_production")
    connection.execute("UPDATE rule_setting SET enabled_at = clock_timestamp()")

    decide()

    assert desk.messages(connection) == []


def test_events_that_happened_before_the_pass_s_moment_or_after_it_are_all_decided(connection, job):
    shop.move_job(connection, job, "in_production")
    connection.execute("UPDATE event SET occurred_at = %s", [desk.after(hours=2)])

    assert decide()["events"] == 1
