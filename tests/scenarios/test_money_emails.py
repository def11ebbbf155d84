"""An invoice's row changes, and the accounts address hears of it."""

import pytest

from tests import desk, shop
from tests.desk import PUBLIC_URL


@pytest.fixture
def invoice(connection, maya, job):
    shop.update(connection, "customer", maya["id"], billing_email="ap@example.com", cc_emails=["boss@example.com"])
    return shop.make_invoice(connection, job_id=job["id"], total_cents=48_250, po_number="PO-7")


def test_a_sent_invoice_goes_to_the_billing_address_with_its_link_and_sum(connection, job, invoice, run):
    shop.update(connection, "invoice", invoice["id"], status="sent")

    run()

    message = desk.message(connection, "invoice_sent_email")
    assert (message["channel"], message["to_address"], message["status"]) == ("email", "ap@example.com", "sent")
    assert message["subject"].startswith(f"Invoice {invoice['number']} from Bay Street Print")
    assert desk.links(message) == [f"{PUBLIC_URL}/invoice/{invoice['pay_token']}"]
    assert "$482.50" in message["body_text"]
    assert "PO-7" in message["body_text"]
    assert message["body_text"].startswith("Hello,")


def test_a_billing_address_of_blanks_is_none_and_a_bounced_one_is_known_among_blanks(connection, maya, run):
    shop.update(connection, "customer", maya["id"], email=" maya@example.com ", billing_email="  ")
    shop.make_invoice(connection, customer_id=maya["id"], status="sent")
    run()
    shop.insert(
        connection, "suppression", channel="email", address="maya@example.com", reason="bounced", since=desk.NOW
    )
    shop.make_invoice(connection, customer_id=maya["id"], status="sent")
    run(minutes=1)

    first, second = desk.messages(connection, rule_key="invoice_sent_email")
    assert (first["status"], first["to_address"]) == ("sent", "maya@example.com")
    assert first["body_text"].startswith("Hello Maya,")
    assert (second["status"], second["reason"]) == ("skipped", "bounced")


def test_a_payment_in_full_brings_the_receipt(connection, invoice, run):
    shop.update(connection, "invoice", invoice["id"], status="sent")
    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=48_250)

    run()

    message = desk.message(connection, "invoice_paid_email")
    assert (message["channel"], message["to_address"], message["status"]) == ("email", "ap@example.com", "sent")
    assert message["subject"].startswith(f"Receipt for invoice {invoice['number']}")
    assert desk.links(message) == [f"{PUBLIC_URL}/invoice/{invoice['pay_token']}"]
    assert "Received: $482.50" in message["body_text"].replace("*", "")


def test_an_invoice_paid_before_its_email_left_is_not_asked_for(connection, invoice, run):
    shop.update(connection, "invoice", invoice["id"], status="sent")
    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=48_250)

    run()

    assert desk.fates(connection, "invoice_sent_email") == [("cancelled", "no_longer_true")]


def test_an_invoice_taken_back_and_sent_anew_within_its_grace_is_one_email(connection, invoice, run):
    desk.open_shop(connection, grace_seconds=120)
    shop.update(connection, "invoice", invoice["id"], status="sent")
    run()
    shop.update(connection, "invoice", invoice["id"], status="draft", total_cents=50_000)
    shop.update(connection, "invoice", invoice["id"], status="sent")
    run(minutes=1)

    run(minutes=2)
    run(minutes=4)

    assert desk.fates(connection, "invoice_sent_email") == [("cancelled", "covered"), ("sent", None)]
    assert "$500.00" in desk.messages(connection, rule_key="invoice_sent_email")[-1]["body_text"]


def test_an_invoice_sent_anew_without_a_word_leaves_the_email_that_waits(connection, invoice, run):
    desk.open_shop(connection, grace_seconds=120)
    shop.update(connection, "invoice", invoice["id"], status="sent")
    run()
    with connection.transaction():
        connection.execute("SET LOCAL inkbell.quiet = 'customers'")
        shop.update(connection, "invoice", invoice["id"], status="draft")
        shop.update(connection, "invoice", invoice["id"], status="sent")

    run(minutes=1)
    run(minutes=4)

    assert desk.fates(connection, "invoice_sent_email") == [("sent", None), ("skipped", "quiet")]


def test_a_requested_payment_link_is_sent_and_never_leads_to_stripe_itself(connection, invoice, run, monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_1")
    desk.switch(connection, True, "payment_link_email")
    shop.update(connection, "invoice", invoice["id"], status="sent")
    shop.update(connection, "invoice", invoice["id"], payment_link_requested_at=desk.NOW)

    run()

    message = desk.message(connection, "payment_link_email")
    assert (message["channel"], message["to_address"], message["status"]) == ("email", "ap@example.com", "sent")
    assert message["subject"].startswith(f"Payment link for invoice {invoice['number']}")
    assert desk.links(message) == [f"{PUBLIC_URL}/pay/{invoice['pay_token']}"]


def test_a_link_asked_for_again_is_sent_again_and_otherwise_once(connection, invoice, run, monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_1")
    desk.switch(connection, True, "payment_link_email")
    shop.update(connection, "invoice", invoice["id"], status="sent")

    for asked in (desk.NOW, desk.NOW, desk.after(hours=1)):
        shop.update(connection, "invoice", invoice["id"], payment_link_requested_at=asked)
        run()

    assert desk.fates(connection, "payment_link_email") == [("sent", None), ("sent", None)]
