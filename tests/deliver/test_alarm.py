"""An outage promises: the shop hears of it by a channel that still works, once a day, and not when it is over."""

import pytest

from engine.payments import provider, watch
from tests import desk, shop
from tests.smtp_server import closed_port

ALERT = "system_alert"


@pytest.fixture(autouse=True)
def live(connection, smtp_server, twilio_server, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", twilio_server.account_sid)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", twilio_server.auth_token)
    monkeypatch.setenv("TWILIO_FROM", twilio_server.sender)
    monkeypatch.setenv("TWILIO_API_BASE", twilio_server.url)
    desk.open_shop(connection, alert_email="owner@example.com", alert_phone="(212) 555-0199")


@pytest.fixture
def email_is_down(connection, job, monkeypatch):
    shop.move_job(connection, job, "in_production")
    with closed_port() as port:
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
        yield


def outside(connection):
    return [row for row in desk.messages(connection, rule_key=ALERT) if row["channel"] in ("email", "sms")]


def test_email_that_fails_is_told_by_text_once_a_day(connection, email_is_down, twilio_server, run):
    for minutes in (0, 5, 20, 24 * 60, 24 * 60 + 30):
        run(minutes=minutes)

    texts = [form for _, _, form in twilio_server.requests if form and "Body" in form]
    assert [form["To"] for form in texts] == ["+12125550199"] * 2
    assert texts[0]["Body"].startswith("Bay Street Print: Email can't be sent.")


def test_texts_that_fail_are_told_by_email(connection, job, smtp_server, monkeypatch, run):
    desk.only(connection, "status_update_sms")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "no longer valid")
    shop.move_job(connection, job, "shipped")

    run()

    [mail] = smtp_server.mails
    assert mail.recipients == ("owner@example.com",)
    assert "Text messages can't be sent" in mail.data.decode()


def test_a_refused_stripe_key_is_told_by_email(connection, smtp_server, run):
    watch.note_refusal(provider.CredentialsRefused("the key was refused"), desk.NOW)
    watch.note_refusal(provider.CredentialsRefused("the key was refused"), desk.after(hours=2))

    run(hours=3)

    assert [mail.recipients for mail in smtp_server.mails] == [("owner@example.com",)]


def test_an_outage_that_is_over_is_not_told_any_more(connection, email_is_down, smtp_server, monkeypatch, run):
    desk.open_shop(connection, sending_paused=False)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "no longer valid")
    run()
    monkeypatch.setenv("SMTP_URL", smtp_server.url)

    run(minutes=10)
    run(minutes=30)

    by_text, by_email = outside(connection)
    assert (by_text["channel"], by_text["status"], by_text["reason"]) == ("sms", "cancelled", "no_longer_true")
    assert (by_email["channel"], by_email["status"]) == ("email", "sent")


def test_in_redirect_mode_it_goes_to_the_shop_itself(connection, email_is_down, twilio_server, monkeypatch, run):
    monkeypatch.setenv("INKBELL_DELIVERY", "redirect")
    desk.open_shop(connection, redirect_email="test@example.com", redirect_phone="(212) 555-0155")

    run()

    assert [form["To"] for _, _, form in twilio_server.requests if form and "Body" in form] == ["+12125550199"]


@pytest.mark.parametrize("phone", [None, "none of your business"])
def test_a_shop_without_a_number_is_told_in_the_app_alone(connection, email_is_down, phone, run):
    desk.open_shop(connection, alert_phone=phone)

    run()

    assert outside(connection) == []
    assert desk.alerts(connection) == ["Email can't be sent"]


def test_while_all_sending_is_paused_it_waits_like_everything_else(connection, email_is_down, twilio_server, run):
    run()
    before = len(twilio_server.requests)
    desk.open_shop(connection, sending_paused=True)
    connection.execute("UPDATE message SET status = 'queued' WHERE rule_key = %s AND channel = 'sms'", [ALERT])

    run(minutes=5)

    assert len(twilio_server.requests) == before
