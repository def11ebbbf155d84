"""A test promises: it goes through the one gate to whoever asked for it, and never to a customer."""

import pytest

from engine import access
from engine.catalog.rules import rule
from engine.compose.composed import Composed
from engine.deliver import test_send
from engine.deliver.test_send import NoAddress
from engine.errors import NotAllowed, NotConnected
from tests import desk, shop
from tests.desk import NOW

EMAIL, TEXT = rule("production_started_email"), rule("job_complete_sms")
LETTER = Composed("On press", "", "It is on press.", "<p>It is on press.</p>")
WORDS = Composed("", "", "It is ready.", "")


@pytest.fixture
def connected(connection, smtp_server, twilio_server, monkeypatch):
    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", twilio_server.account_sid)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", twilio_server.auth_token)
    monkeypatch.setenv("TWILIO_FROM", twilio_server.sender)
    monkeypatch.setenv("TWILIO_API_BASE", twilio_server.url)
    return monkeypatch


@pytest.fixture
def ask(connection):
    def to_myself(actor, of=EMAIL, content=LETTER, to=None):
        return test_send.to_myself(connection, of, content, actor, now=NOW, to=to)

    return to_myself


def fate(connection):
    row = desk.message(connection, test_send.KEY)
    return row["status"], row["reason"]


def test_in_the_sandbox_it_is_written_down_and_nothing_leaves(
    connection, connected, admin, ask, run, smtp_server, twilio_server
):
    sent = ask(admin["id"])

    run()

    row = desk.message(connection, test_send.KEY)
    assert (sent.mode, row["status"], row["subject"]) == ("sandbox", "sent", "[Test] On press")
    assert (row["body_html"], row["provider_id"][:8]) == (LETTER.html, "sandbox:")
    assert (smtp_server.connections, twilio_server.requests) == (0, [])


@pytest.mark.parametrize("mode", ["redirect", "live"])
def test_otherwise_an_email_goes_to_whoever_is_signed_in_and_to_nobody_else(
    connection, connected, admin, ask, run, smtp_server, mode
):
    connected.setenv("INKBELL_DELIVERY", mode)
    desk.open_shop(connection, redirect_email="shelf@example.com")

    ask(admin["id"], to="stranger@example.com")
    run()

    [mail] = smtp_server.mails
    assert mail.recipients == ("ada@example.com",)
    assert "It is on press." in mail.text
    assert fate(connection) == ("sent", None)


def test_in_redirect_mode_a_number_that_somebody_typed_is_not_texted(
    connection, connected, admin, ask, run, twilio_server
):
    connected.setenv("INKBELL_DELIVERY", "redirect")
    desk.open_shop(connection, redirect_phone="+12125550177")

    ask(admin["id"], TEXT, WORDS, to="(212) 555-0188")
    run()

    [(_, _, form)] = twilio_server.requests
    assert form["To"] == "+12125550177"
    assert form["Body"] == "[to +12125550188] It is ready."


@pytest.mark.parametrize("spelled", ["212-555-0123", "+1 (212) 555 0123"])
def test_a_customer_s_number_is_refused_in_any_spelling(connection, maya, admin, ask, spelled):
    with pytest.raises(NoAddress, match="belongs to a customer"):
        ask(admin["id"], TEXT, WORDS, to=spelled)

    assert desk.messages(connection) == []


def test_a_customer_s_address_is_refused_to_somebody_without_an_own_one(connection, maya, ask):
    shop.make_customer(connection, cc_emails=["Copies@example.com"])
    shop.make_job(connection, contact_email="contact@example.com")

    for address in ("MAYA@example.com", "copies@example.com", "contact@example.com"):
        with pytest.raises(NoAddress, match="belongs to a customer"):
            ask(access.LOCAL, to=address)


@pytest.mark.parametrize(("to", "says"), [("", "name your own"), ("nonsense", "correct it")])
def test_without_a_usable_address_it_says_what_to_do(connection, ask, to, says):
    with pytest.raises(NoAddress, match=says):
        ask(access.LOCAL, to=to)


def test_what_is_not_connected_is_said_at_once_and_alarms_nobody(connection, admin, ask, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")

    with pytest.raises(NotConnected):
        ask(admin["id"])

    assert desk.messages(connection) == []


def test_production_sends_no_tests(connection, ask):
    somebody = shop.make_staff(connection, role="production")

    with pytest.raises(NotAllowed):
        ask(somebody["id"])


def test_a_pause_keeps_it_back_and_an_hour_later_nobody_wants_it(connection, connected, admin, ask, run, smtp_server):
    connected.setenv("INKBELL_DELIVERY", "live")
    desk.open_shop(connection, sending_paused=True)
    assert ask(admin["id"]).paused

    run(minutes=5)
    waiting = fate(connection)
    desk.open_shop(connection, sending_paused=False)
    run(minutes=61)

    assert (waiting, fate(connection)) == (("queued", None), ("expired", "stale"))
    assert smtp_server.mails == []


def test_one_made_in_the_sandbox_does_not_leave_when_more_is_allowed(
    connection, connected, admin, ask, run, smtp_server
):
    ask(admin["id"])
    connected.setenv("INKBELL_DELIVERY", "live")

    run()

    assert fate(connection) == ("held", "sandboxed")
    assert smtp_server.mails == []


def test_an_address_that_bounced_or_somebody_who_left_gets_none(connection, connected, admin, ask, run, smtp_server):
    connected.setenv("INKBELL_DELIVERY", "live")
    ask(admin["id"])
    shop.update(connection, "staff", admin["id"], active=False)

    run()

    assert fate(connection) == ("cancelled", "no_longer_true")
    assert smtp_server.mails == []


def test_who_tested_what_stands_in_the_record(connection, admin, ask):
    sent = ask(admin["id"])

    [entry] = connection.execute("SELECT actor, action, subject, after FROM audit_entry").fetchall()
    assert entry == {
        "actor": f"staff:{admin['id']}",
        "action": "wording.tested",
        "subject": f"rule:{EMAIL.key}",
        "after": {"message_id": sent.message_id},
    }
