"""The safety ladder promises: nothing leaves in the sandbox, and nothing made there ever leaves by itself."""

import pytest

from engine.catalog.rules import RULES
from engine.deliver import log
from tests import desk, shop

RULE = "production_started_email"
SENT = ("sent", None)


@pytest.fixture(autouse=True)
def connected(connection, smtp_server, twilio_server, monkeypatch):
    """Both providers could be reached, were it allowed."""
    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", twilio_server.account_sid)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", twilio_server.auth_token)
    monkeypatch.setenv("TWILIO_FROM", twilio_server.sender)
    monkeypatch.setenv("TWILIO_API_BASE", twilio_server.url)


@pytest.fixture
def everything(connection, job):
    """Every rule is on, and everything that a row can tell happens."""
    desk.switch(connection, True, *(rule.key for rule in RULES))

    def happen():
        shop.make_artwork(connection, job_id=job["id"])
        moved = shop.move_job(connection, job, "art_approval_sent", "art_approved", "in_production", "completed_order")
        shop.make_artwork(connection, job_id=job["id"], status="declined")
        shop.make_shipment(connection, job_id=job["id"])
        invoice = shop.make_invoice(connection, job_id=job["id"], status="sent")
        shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=48_250)
        shop.make_job(connection, customer_id=moved["customer_id"], source="customer")
        shop.make_lead(connection)
        shop.make_reorder_request(connection, customer_id=moved["customer_id"], job_id=job["id"])

    return happen


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [(None, None), ("sandbox", "live"), ("live", "sandbox"), ("sandbox", "redirect")],
)
def test_in_the_sandbox_no_path_leads_to_a_provider(
    connection, everything, smtp_server, twilio_server, run, monkeypatch, environment, chosen
):
    if environment:
        monkeypatch.setenv("INKBELL_DELIVERY", environment)
    desk.open_shop(connection, delivery_mode=chosen)
    everything()

    run()

    outward = [row for row in desk.messages(connection, status="sent") if row["channel"] in ("email", "sms")]
    assert {row["channel"] for row in outward} == {"email", "sms"}
    assert all(row["provider_id"].startswith("sandbox:") and row["body_text"] for row in outward)
    assert (smtp_server.connections, twilio_server.requests) == (0, [])


def test_while_all_sending_is_paused_the_app_still_hears_and_nothing_else_moves(
    connection, everything, smtp_server, twilio_server, run, monkeypatch
):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    desk.open_shop(connection, sending_paused=True)
    everything()

    run()

    assert (smtp_server.connections, twilio_server.requests) == (0, [])
    waiting = {row["channel"] for row in desk.messages(connection, status="queued")}
    assert waiting == {"email", "sms"}
    assert {row["channel"] for row in desk.messages(connection, status="sent")} == {"in_app", "toast"}


def test_a_long_pause_is_over_and_what_waited_goes(connection, job, smtp_server, run, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    desk.open_shop(connection, sending_paused=True)
    shop.move_job(connection, job, "in_production")
    run()

    run(hours=80)
    desk.open_shop(connection, sending_paused=False)

    run(hours=81)

    assert len(smtp_server.mails) == 1


@pytest.mark.parametrize("change", ["sending_paused = true", "delivery_mode = 'sandbox'"])
def test_a_stop_between_the_claim_and_the_hand_off_is_in_time(connection, job, smtp_server, run, monkeypatch, change):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    connection.execute(f"""
        CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE shop SET {change}; RETURN NULL; END $$;
        CREATE TRIGGER stop AFTER UPDATE ON message FOR EACH ROW
        WHEN (NEW.status = 'sending' AND NEW.channel = 'email') EXECUTE FUNCTION stop()""")
    shop.move_job(connection, job, "in_production")

    run()

    assert smtp_server.connections == 0
    assert desk.message(connection, RULE)["status"] in ("queued", "sent")


def test_what_was_decided_in_the_sandbox_is_held_when_the_shop_goes_live(
    connection, job, smtp_server, run, monkeypatch
):
    desk.open_shop(connection, grace_seconds=120)
    shop.move_job(connection, job, "in_production")
    run()

    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    run(minutes=3)

    assert desk.fates(connection, RULE) == [("held", "sandboxed")]
    assert smtp_server.connections == 0


def test_what_was_decided_live_stays_here_when_the_shop_goes_back(connection, job, smtp_server, run, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    desk.open_shop(connection, grace_seconds=120)
    shop.move_job(connection, job, "in_production")
    run()

    desk.open_shop(connection, delivery_mode="sandbox")
    run(minutes=3)

    assert desk.fates(connection, RULE) == [SENT]
    assert smtp_server.connections == 0


@pytest.fixture
def redirected(connection, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "redirect")
    desk.open_shop(connection, redirect_email="test@example.com", redirect_phone="212 555 0199")


def test_redirected_everything_goes_to_the_shop_with_the_true_recipient_on_top(
    connection, redirected, job, maya, smtp_server, run
):
    shop.update(connection, "customer", maya["id"], billing_email="ap@example.com", cc_emails=["boss@example.com"])
    shop.make_invoice(connection, job_id=job["id"], status="sent")

    run()

    [mail] = smtp_server.mails
    assert mail.recipients == ("test@example.com",)
    assert mail.text.startswith("Redirected. In live mode this goes to ap@example.com, boss@example.com")
    assert "ap@example.com, boss@example.com" in mail.html
    assert desk.message(connection, "invoice_sent_email")["to_address"] == "ap@example.com"


def test_a_redirected_text_goes_to_the_shop_s_own_number(connection, redirected, job, twilio_server, run):
    desk.switch(connection, True, "status_update_sms")
    shop.move_job(connection, job, "in_production")

    run()

    [text] = twilio_server.texts
    assert text["to"] == "+12125550199"
    assert text["body"].startswith("[to +12125550123] Bay Street Print: order")
    assert desk.message(connection, "status_update_sms")["to_address"] == "+12125550123"


def test_a_test_address_that_bounces_says_nothing_about_the_customer(connection, redirected, job, smtp_server, run):
    smtp_server.on("rcpt", "550 5.1.1 no such user")
    shop.move_job(connection, job, "in_production")

    run()

    assert connection.execute("SELECT FROM suppression").fetchall() == []


def test_redirect_without_a_test_address_sends_nothing_to_anybody(connection, redirected, job, smtp_server, run):
    desk.open_shop(connection, redirect_email=None)
    shop.move_job(connection, job, "in_production")

    run()

    assert desk.fates(connection, RULE) == [("queued", None)]
    assert smtp_server.mails == []


def test_what_was_decided_live_and_kept_in_the_sandbox_is_not_told_as_handed_over(connection, job, run, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    desk.open_shop(connection, delivery_mode="live", grace_seconds=120)
    shop.move_job(connection, job, "in_production")
    run()
    shop.set_shop(connection, delivery_mode="sandbox")

    run(minutes=3)

    message = desk.message(connection, RULE)
    (line,) = log.lines(connection, [message["id"]])
    whole = log.one(connection, message["id"])
    assert (message["status"], message["mode"], whole.mode) == ("sent", "live", "sandbox")
    assert line.sentence == whole.sentence == "Made and kept here; in sandbox mode nothing leaves the shop."
