"""The invoice's page and the way to pay promise: the true sum, a pressed button, and thanks only for what arrived."""

import pytest

from engine import payments
from tests import shop
from tests.portal.conftest import hidden, now


def test_an_invoice_tells_what_is_due_and_leads_to_payment(client, stripe, invoice):
    page = client.get(f"/invoice/{invoice['pay_token']}")

    assert "$482.50" in page.text
    assert "Pay $482.50 by card" in page.text
    assert "form-action 'self' https:" in page.headers["content-security-policy"]


def test_opening_the_payment_link_asks_first_and_makes_no_checkout(client, connection, stripe, invoice):
    page = client.get(f"/pay/{invoice['pay_token']}")

    assert "Pay $482.50 by card" in page.text
    assert stripe.sessions == {}
    assert now(connection, "invoice", invoice) == invoice


def test_pressing_pay_leads_to_stripe_and_back_to_what_is_true(client, connection, stripe, press, invoice):
    page = f"/pay/{invoice['pay_token']}"
    answer = press(page, page)

    assert (answer.status_code, answer.headers["location"]) == (303, stripe.newest["url"])
    back = stripe.newest["success_url"]
    assert back == f"https://orders.example.com{page}/thanks"
    waiting = client.get(back)
    assert "No payment has arrived yet" in waiting.text
    assert "Look again" in waiting.text
    stripe.pay()
    payments.refresh_open_sessions(at_once=True)
    assert f"Invoice {invoice['number']} is paid" in client.get(back).text


def test_nobody_pays_another_sum_than_the_one_they_read(client, connection, stripe, invoice):
    page = f"/pay/{invoice['pay_token']}"
    form = hidden(client.get(page).text, page)
    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=8_250)

    answer = client.post(page, data=form)

    assert answer.status_code == 409
    assert "Pay $400.00 by card" in answer.text
    assert stripe.sessions == {}


def test_a_stripe_that_is_down_is_told_in_the_customer_s_words(client, stripe, press, invoice):
    page = f"/pay/{invoice['pay_token']}"
    stripe.fail(500)

    answer = press(page, page)

    assert answer.status_code == 503
    assert "out of order at the moment" in answer.text
    assert "Settings" not in answer.text


@pytest.mark.parametrize(("status", "says"), [("paid", "Paid"), ("void", "Void")])
def test_nothing_is_to_be_paid_on_a_settled_invoice(client, connection, stripe, invoice, status, says):
    shop.update(connection, "invoice", invoice["id"], status=status)

    page = client.get(f"/invoice/{invoice['pay_token']}").text

    assert f">{says}<" in page
    assert "by card" not in page


def test_a_draft_is_nobody_s_yet(client, connection):
    draft = shop.make_invoice(connection, total_cents=1000)

    assert client.get(f"/invoice/{draft['pay_token']}").status_code == 404


def test_without_stripe_there_is_no_button(client, invoice):
    assert "by card</button>" not in client.get(f"/pay/{invoice['pay_token']}").text
