"""Delivering promises: a message reaches the provider once, as it was composed, and each answer has its outcome."""

import pytest

from tests import desk, shop
from tests.smtp_server import DROP

RULE = "production_started_email"
SENT, FAILED = ("sent", None), ("failed", "refused")


@pytest.fixture(autouse=True)
def live(connection, smtp_server, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    monkeypatch.setenv("SMTP_URL", smtp_server.url)


@pytest.fixture
def press(connection):
    """Puts a job on press for each address, and gives the addresses back."""

    def move(*addresses):
        for address in addresses:
            customer = shop.make_customer(connection, email=address)
            shop.move_job(connection, shop.make_job(connection, customer_id=customer["id"]), "in_production")
        return addresses

    return move


def test_an_email_arrives_as_the_row_says(connection, job, maya, smtp_server, run):
    rep = shop.make_staff(connection, name="Sam Reed", email="sam@example.com", role="sales")
    shop.update(connection, "job", job["id"], sales_rep_id=rep["id"])
    shop.move_job(connection, job, "in_production")

    run()

    [mail] = smtp_server.mails
    message = desk.message(connection, RULE)
    assert (mail.mail_from, mail.recipients) == ("hello@example.com", ("maya@example.com",))
    assert mail.message["Subject"] == message["subject"]
    assert (mail.message["To"], mail.message["Reply-To"]) == (
        "Maya Ortiz <maya@example.com>",
        "Sam Reed <sam@example.com>",
    )
    assert (message["status"], message["provider_id"], message["sent_at"]) == ("sent", mail.message_id, desk.NOW)
    assert mail.message_id == message["rfc_message_id"]
    assert "Relay team shirts" in mail.text
    assert "Relay team shirts" in mail.html
    assert desk.attempts(connection, message["id"]) == ["accepted"]


def test_an_invoice_goes_to_the_accounts_address_and_once_to_each_copy(connection, job, maya, smtp_server, run):
    copies = ["boss@example.com", "AP@example.com", "boss@example.com", "no address"]
    shop.update(connection, "customer", maya["id"], billing_email="ap@example.com", cc_emails=copies)
    shop.make_invoice(connection, job_id=job["id"], status="sent")

    run()

    [mail] = smtp_server.mails
    assert sorted(address.lower() for address in mail.recipients) == ["ap@example.com", "boss@example.com"]
    assert mail.message["Reply-To"] == "Bay Street Print <hello@example.com>"


def test_many_emails_share_one_connection_and_run_twice_sends_none_again(connection, press, smtp_server, run):
    press(*(f"customer{number}@example.com" for number in range(8)))

    run()
    run()

    assert (len(smtp_server.mails), smtp_server.connections) == (8, 1)
    assert desk.fates(connection, RULE) == [SENT] * 8


def test_a_dead_mailbox_fails_and_is_not_written_to_again(connection, press, smtp_server, run):
    smtp_server.on("rcpt", "550 5.1.1 no such user", recipient="dead@example.com")
    press("dead@example.com", "well@example.com")
    run()

    press("dead@example.com")
    run(minutes=1)

    assert desk.fates(connection, RULE) == [FAILED, SENT, ("skipped", "bounced")]
    [suppression] = connection.execute("SELECT * FROM suppression").fetchall()
    assert (suppression["address"], suppression["reason"]) == ("dead@example.com", "bounced")


def test_an_address_corrected_before_the_hand_off_is_the_one_that_bounces(connection, job, maya, smtp_server, run):
    desk.open_shop(connection, grace_seconds=120)
    smtp_server.on("rcpt", "550 5.1.1 no such user")
    shop.move_job(connection, job, "in_production")
    run()
    shop.update(connection, "customer", maya["id"], email="typo@example.com")

    run(minutes=3)

    assert [row["address"] for row in connection.execute("SELECT address FROM suppression")] == ["typo@example.com"]


def test_an_address_that_no_mail_server_takes_fails_by_name(connection, press, smtp_server, run):
    press("jörg@example.com", "well@example.com")

    run()

    assert desk.fates(connection, RULE) == [("failed", "address_invalid"), SENT]


def test_a_server_that_says_later_is_asked_again_later(connection, press, smtp_server, run):
    smtp_server.on("rcpt", "451 4.7.1 greylisted", times=1)
    press("maya@example.com")

    run()
    run(seconds=20)
    assert desk.fates(connection, RULE) == [("queued", None)]

    run(minutes=1)
    assert desk.fates(connection, RULE) == [SENT]
    assert desk.attempts(connection, desk.message(connection, RULE)["id"]) == ["not_sent", "accepted"]


def test_an_email_in_doubt_is_sent_once_more_under_the_same_message_id(connection, press, smtp_server, run):
    smtp_server.on("end", DROP, times=1)
    press("maya@example.com")

    run()
    run(minutes=2)

    assert desk.fates(connection, RULE) == [SENT]
    assert smtp_server.message_ids == [desk.message(connection, RULE)["rfc_message_id"]] * 2


def test_an_email_twice_in_doubt_waits_for_a_person(connection, press, smtp_server, run):
    smtp_server.on("end", DROP)
    press("maya@example.com")

    for minutes in (0, 2, 60, 600):
        run(minutes=minutes)

    assert desk.fates(connection, RULE) == [("unknown", "outcome_unknown")]
    assert len(smtp_server.mails) == 2


def test_a_broken_wording_holds_its_own_messages_and_no_others(connection, press, smtp_server, run):
    broken = {"rule_key": RULE, "version": 1, "subject": "Hi", "body": "{{ secrets }}", "default_hash": "-"}
    version = shop.insert(connection, "wording_version", **broken)
    connection.execute("UPDATE rule_setting SET active_version_id = %s WHERE rule_key = %s", [version["id"], RULE])
    press("maya@example.com")
    shop.make_job(connection, source="customer")

    run()

    assert desk.fates(connection, RULE) == [("held", "wording_broken")]
    assert "secrets" in desk.message(connection, RULE)["detail"]
    assert desk.fates(connection, "order_received_email") == [SENT]
