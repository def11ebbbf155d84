"""Stripe may be down, slow or shut to us: nothing else is harmed, and it works again by itself."""

import logging

import pytest
from structlog.testing import capture_logs

from engine import payments
from engine.errors import NotConnected, NotPayable, ProviderUnavailable
from engine.payments import checkout as checkouts
from engine.payments import watch
from engine.store import connections
from tests import desk, shop


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(checkouts, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(watch, "ANSWER_SECONDS", 0.2)


@pytest.fixture
def last_error(connection):
    def read():
        row = connection.execute("SELECT last_error FROM connection WHERE provider = 'stripe'").fetchone()
        return row and row["last_error"]

    return read


TROUBLES = {
    "busy": lambda stripe: stripe.fail(429),
    "broken": lambda stripe: stripe.fail(500),
    "silent": lambda stripe: stripe.hang(),
    "cut off": lambda stripe: stripe.drop(),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_checkout_fails_with_a_sentence_and_works_when_stripe_does(stripe, checkout, impatient, last_error, trouble):
    TROUBLES[trouble](stripe)
    with pytest.raises(ProviderUnavailable, match=r"Stripe .*; try again in a minute"):
        checkout()

    stripe.behave()

    assert checkout(minutes=1) == stripe.newest["url"]
    assert last_error() is None


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_sidecar_goes_on_and_notices_the_payment_later(stripe, checkout, impatient, refresh, paid, trouble):
    checkout()
    stripe.pay()
    TROUBLES[trouble](stripe)
    assert not refresh(minutes=1)

    stripe.behave()

    assert refresh(minutes=2) == {"paid": 1}
    assert [cents for cents, *_ in paid()] == [48_250]


def test_an_error_that_stripe_keeps_for_its_key_is_left_behind(stripe, checkout, remembered):
    stripe.fail(500, method="POST")
    with pytest.raises(ProviderUnavailable):
        checkout()
    stripe.behave()

    checkout(minutes=1)

    assert remembered() == [(1, 48_250, "lost"), (2, 48_250, "open")]
    assert len(set(stripe.keys)) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_disconnect_stripe_and_admins_hear_of_it_once(stripe, connection, checkout, status):
    stripe.fail(status)
    for minutes in (0, 1):
        with pytest.raises(NotConnected, match="connect Stripe on Settings"):
            checkout(minutes=minutes)

    assert not connections.is_connected(connection, "stripe")
    assert desk.alerts(connection) == ["Card payments don't work"]


def test_a_key_that_works_again_is_noticed_without_a_customer(stripe, checkout, connection, last_error):
    stripe.fail(401)
    with pytest.raises(NotConnected):
        checkout()
    stripe.behave()

    assert payments.refresh_open_sessions(desk.after(seconds=30)) == {}
    assert last_error()
    payments.refresh_open_sessions(desk.after(minutes=2))
    assert last_error() is None
    assert connections.is_connected(connection, "stripe")


def test_refused_credentials_are_noticed_by_the_sidecar_too(stripe, checkout, refresh, last_error):
    checkout()
    stripe.fail(401)

    refresh(minutes=1)

    assert "Stripe refused the key" in last_error()


def test_a_refusal_of_our_own_does_not_prove_that_the_key_works(stripe, checkout, connection, invoice, last_error):
    connections.note_error(connection, "stripe", "Stripe refused the key", now=desk.NOW)
    shop.update(connection, "invoice", invoice["id"], payment_pending_at=desk.NOW)

    with pytest.raises(NotPayable, match="is on its way"):
        checkout()

    assert last_error() == "Stripe refused the key"
    assert not stripe.requests


def test_a_session_that_stripe_can_not_tell_of_keeps_no_other_payment_waiting(stripe, checkout, connection, paid):
    checkout()
    other = shop.make_invoice(connection, status="sent", total_cents=7_500)
    payments.checkout_url(pay_token=other["pay_token"], now=desk.NOW)
    stripe.pay()
    stripe.fail(500, method="GET", times=1)

    assert payments.refresh_open_sessions(desk.after(minutes=1)) == {"paid": 1}
    assert [cents for cents, *_ in paid()] == [7_500]


def test_a_stripe_that_is_down_is_not_asked_about_every_session(stripe, checkout, connection):
    for _ in range(5):
        invoice = shop.make_invoice(connection, status="sent")
        payments.checkout_url(pay_token=invoice["pay_token"], now=desk.NOW)
    stripe.fail(500, method="GET")

    payments.refresh_open_sessions(desk.after(minutes=1))

    assert len([path for method, path, _ in stripe.requests if method == "GET"]) == 3


def test_admins_hear_once_a_day_that_stripe_opens_no_payment_page(stripe, connection):
    invoices = [shop.make_invoice(connection, status="sent", currency="SEK") for _ in range(2)]

    for hours, invoice in ((0, invoices[0]), (1, invoices[1]), (25, invoices[1])):
        with pytest.raises(ProviderUnavailable):
            payments.checkout_url(pay_token=invoice["pay_token"], now=desk.after(hours=hours))

    assert desk.alerts(connection) == [f"Invoice {each['number']} can't be paid by card" for each in invoices]


def test_an_idle_shop_never_asks_stripe(stripe, connection, invoice):
    payments.refresh_open_sessions(desk.NOW)

    assert not stripe.requests


def test_a_payment_at_the_counter_does_not_need_stripe(stripe, checkout, record, connection, invoice_now):
    checkout()
    stripe.drop()

    record(48_250, shop.make_staff(connection)["id"])

    assert invoice_now()["status"] == "paid"


def test_neither_keys_nor_links_are_logged(stripe, invoice, checkout, refresh, caplog):
    caplog.set_level(logging.INFO)

    with capture_logs() as entries:
        url = checkout()
        stripe.fail(401, times=1)
        refresh(minutes=1)
        stripe.pay()
        refresh(minutes=10)

    written = caplog.text + str(entries)
    assert "checkout made" in written
    for secret in (url, stripe.api_key, stripe.newest["id"], invoice["pay_token"], stripe.url):
        assert secret not in written
