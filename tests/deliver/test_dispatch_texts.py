"""Texting promises: Twilio's own client hands each text over, and each of its answers has one outcome."""

import errno
from datetime import time

import pytest

from engine import access, providers
from engine.deliver import clients
from engine.deliver.desk import release
from engine.store import database
from tests import desk, shop
from tests.twilio_server import INVALID, LANDLINE, OPTED_OUT

RULE = "status_update_sms"
SENT, QUEUED = ("sent", None), ("queued", None)


@pytest.fixture(autouse=True)
def live(connection, twilio_server, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", twilio_server.account_sid)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", twilio_server.auth_token)
    monkeypatch.setenv("TWILIO_FROM", twilio_server.sender)
    monkeypatch.setenv("TWILIO_API_BASE", twilio_server.url)
    desk.only(connection, RULE)


@pytest.fixture
def text(connection):
    """Moves a job of a customer with this number, and gives the job back."""

    def move(phone):
        customer = shop.make_customer(connection, phone=phone)
        job = shop.make_job(connection, customer_id=customer["id"], status="shipped")
        return shop.move_job(connection, job, "delivered")

    return move


def test_a_text_is_handed_over_with_its_number_words_and_period(connection, text, twilio_server, run):
    text("(212) 555-0123")

    run()

    message = desk.message(connection, RULE)
    [(_, _, form)] = twilio_server.requests
    assert (form["To"], form["From"], form["Body"]) == ("+12125550123", twilio_server.sender, message["body_text"])
    assert form["ValidityPeriod"] == "14400"
    assert (message["status"], message["provider_id"]) == ("sent", twilio_server.texts[0]["sid"])


@pytest.mark.parametrize(
    ("public_url", "told"),
    [
        ("https://orders.example.com", "https://orders.example.com/hooks/twilio/status"),
        ("http://localhost:8501", None),
        (None, None),
    ],
)
def test_twilio_reports_to_a_shop_that_it_can_reach(connection, text, twilio_server, run, public_url, told):
    desk.open_shop(connection, public_url=public_url)
    text("(212) 555-0123")

    run()

    [(_, _, form)] = twilio_server.requests
    assert form.get("StatusCallback") == told


@pytest.mark.parametrize(
    ("number", "reason"), [(INVALID, "address_invalid"), (LANDLINE, "address_invalid"), (OPTED_OUT, "opted_out")]
)
def test_a_number_that_twilio_refuses_fails_and_the_next_goes_on(connection, text, run, number, reason):
    text(number)
    text("212-555-0123")

    run()

    assert desk.fates(connection, RULE) == [("failed", reason), SENT]


def test_who_replied_stop_is_not_texted_again(connection, text, twilio_server, run):
    text(OPTED_OUT)
    run()

    text(OPTED_OUT)
    run(minutes=1)

    assert desk.fates(connection, RULE) == [("failed", "opted_out"), ("skipped", "opted_out")]
    assert len(twilio_server.requests) == 1


def test_too_many_requests_are_tried_again_later(connection, text, twilio_server, run):
    twilio_server.fail(429, 20429, "Too many requests", times=1)
    text("212-555-0123")

    run()
    assert desk.fates(connection, RULE) == [QUEUED]

    run(minutes=1)
    assert desk.fates(connection, RULE) == [SENT]


def test_a_text_that_is_tried_again_after_hours_goes_when_they_open(connection, text, twilio_server, run):
    desk.open_shop(connection, sms_from=time(9), sms_until=time(20))
    twilio_server.fail(429, 20429, "Too many requests", times=1)
    text("212-555-0123")

    for hours in (9.99, 10.1, 22.9):
        run(hours=hours)
    assert desk.fates(connection, RULE) == [QUEUED]

    run(hours=23)
    assert desk.fates(connection, RULE) == [SENT]


def test_a_text_that_is_released_after_hours_goes_when_they_open(connection, admin, text, run):
    desk.open_shop(connection, sms_from=time(9), sms_until=time(20), grace_seconds=60)
    text("212-555-0123")
    run(hours=1)
    held = shop.update(connection, "message", desk.message(connection, RULE)["id"], status="held", reason="surge")

    with database.transaction() as own:
        release(own, [held["id"]], actor=admin["id"], now=desk.after(hours=12))
    run(hours=12)
    assert desk.fates(connection, RULE) == [QUEUED]

    run(hours=23)
    assert desk.fates(connection, RULE) == [SENT]


def test_a_text_that_met_closed_hours_during_an_outage_goes_when_they_open(connection, text, twilio_server, run):
    desk.open_shop(connection, sms_from=time(9), sms_until=time(20))
    twilio_server.fail(401, 20003, "Authenticate", times=1)
    text("212-555-0123")
    run()

    run(hours=10.1)
    assert providers.test("twilio", actor=access.LOCAL, now=desk.after(hours=12)).works
    assert desk.fates(connection, RULE) == [QUEUED]

    run(hours=23)
    assert desk.fates(connection, RULE) == [SENT]


def test_refused_credentials_stop_the_channel_and_not_the_messages(
    connection, admin, text, twilio_server, run, monkeypatch
):
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "stale")
    text("212-555-0123")
    text("212-555-0124")
    run()
    assert desk.fates(connection, RULE) == [QUEUED, QUEUED]
    assert desk.alerts(connection) == ["Text messages can't be sent"]
    assert len(twilio_server.requests) == 1

    monkeypatch.setenv("TWILIO_AUTH_TOKEN", twilio_server.auth_token)
    run(minutes=10)

    assert desk.fates(connection, RULE) == [SENT, SENT]


def test_a_text_that_twilio_took_and_denied_is_not_sent_twice(connection, text, twilio_server, run):
    twilio_server.lie(times=1)
    text("212-555-0123")

    for minutes in (0, 1, 5, 60):
        run(minutes=minutes)

    assert len(twilio_server.texts) == 1
    assert desk.message(connection, RULE)["status"] in ("sent", "unknown")


def test_a_fault_of_one_channel_does_not_stop_the_other(connection, text, smtp_server, run, monkeypatch):
    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "stale")
    desk.switch(connection, True, "status_change_email")
    text("212-555-0123")

    run()

    assert desk.fates(connection, "status_change_email", RULE) == [SENT, QUEUED]


@pytest.mark.parametrize("code", [21606, 21659])
def test_a_recipient_whom_our_number_can_not_text_is_one_refusal_and_no_silence(
    connection, admin, text, twilio_server, run, code
):
    twilio_server.fail(400, code, "The 'From' phone number is not valid for this destination", to="+442071838750")
    text("+44 20 7183 8750")
    text("(212) 555-0123")

    run()

    assert desk.fates(connection, RULE) == [("failed", "refused"), SENT]
    assert desk.alerts(connection) == []


def test_a_number_of_ours_that_can_not_reach_three_recipients_is_the_channel_s_fault(
    connection, admin, text, twilio_server, run
):
    twilio_server.fail(400, 21606, "The 'From' phone number is not valid for this destination")
    for phone in ("212-555-0123", "212-555-0124", "212-555-0125", "212-555-0126"):
        text(phone)

    for minutes in (0, 20, 40):
        run(minutes=minutes)

    assert desk.fates(connection, RULE) == [("failed", "refused")] * 2 + [QUEUED] * 2
    [said] = {row["body_text"] for row in desk.messages(connection, rule_key="system_alert")}
    assert said.startswith("Twilio does not send from our number or service")
    twilio_server.behave()
    run(minutes=60)
    assert desk.fates(connection, RULE) == [("failed", "refused")] * 2 + [SENT] * 2


def test_a_messaging_service_without_a_sender_costs_no_text(connection, admin, text, twilio_server, run):
    twilio_server.fail(400, 21703, "The Messaging Service does not have a phone number", times=1)
    text("212-555-0123")

    run()
    assert desk.fates(connection, RULE) == [QUEUED]
    assert desk.alerts(connection) == ["Text messages can't be sent"]

    run(minutes=1)
    assert desk.fates(connection, RULE) == [SENT]


@pytest.mark.parametrize("number", [INVALID, LANDLINE, OPTED_OUT])
def test_a_no_to_one_number_shows_that_texts_go_again(connection, text, twilio_server, run, number):
    twilio_server.fail(403, 20005, "The account is suspended", times=1)
    text(number)
    run()

    run(minutes=1)

    assert desk.message(connection, RULE)["status"] == "failed"
    assert connection.execute("SELECT last_error FROM connection").fetchone()["last_error"] is None


def test_a_connection_that_could_not_be_made_is_made_for_the_next_text(connection, text, run, monkeypatch):
    made = clients.twilio

    def without_room(given):
        monkeypatch.setattr(clients, "twilio", made)
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(clients, "twilio", without_room)
    text("(212) 555-0123")
    text("(212) 555-0199")

    run()

    assert desk.fates(connection, RULE) == [("sending", None), SENT]
