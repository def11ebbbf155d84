"""A bank payment of an account that is no longer connected keeps no invoice silent for ever."""

import pytest

from engine import access, payments
from engine.errors import Conflict, NotPayable
from engine.store import database
from tests import desk, shop
from tests.stripe_server import StripeServer

ASTRAY = "Nobody will hear what becomes of the bank payment of invoice {number}"


@pytest.fixture
def debit(stripe, checkout, refresh):
    """The customer has signed a bank debit, and we know; its payment intent."""
    checkout()
    intent = stripe.pay_by_bank()
    refresh(minutes=1)
    return intent


@pytest.fixture
def another(debit, monkeypatch):
    """The shop has entered the key of another account."""
    with StripeServer() as server:
        monkeypatch.setenv("STRIPE_API_KEY", server.api_key)
        monkeypatch.setenv("STRIPE_API_BASE", server.url)
        yield server


@pytest.fixture
def did_not_come(connection, invoice):
    def say(actor=access.LOCAL):
        with database.transaction() as own:
            return payments.did_not_come(own, invoice["id"], actor=actor, now=desk.after(days=2))

    return say


def test_admins_hear_once_of_a_bank_payment_that_the_new_account_does_not_know(
    connection, invoice, debit, another, refresh, invoice_now
):
    for days in (1, 2, 3):
        refresh(days=days)

    assert desk.alerts(connection) == [ASTRAY.format(**invoice)]
    assert invoice_now()["payment_pending_at"]


def test_they_hear_of_it_too_when_no_account_is_connected(connection, invoice, debit, refresh, monkeypatch):
    monkeypatch.delenv("STRIPE_API_KEY")

    refresh(days=1)

    assert desk.alerts(connection) == [ASTRAY.format(**invoice)]


def test_nothing_is_said_of_one_whose_invoice_was_paid_another_way(connection, debit, another, refresh, record):
    record(48_250, access.LOCAL)

    refresh(days=1)

    assert desk.alerts(connection) == []


def test_the_customer_can_not_pay_a_second_time_before_a_person_has_looked(
    stripe, connection, debit, another, checkout, refresh, invoice_now, monkeypatch
):
    with pytest.raises(NotPayable, match="on its way"):
        checkout(days=1)

    monkeypatch.setenv("STRIPE_API_KEY", stripe.api_key)
    monkeypatch.setenv("STRIPE_API_BASE", stripe.url)
    stripe.bank_pays(debit)
    refresh(days=2)
    assert invoice_now()["status"] == "paid"


def test_one_that_did_not_come_makes_the_invoice_due_again_and_payable_by_the_new_account(
    connection, debit, another, refresh, did_not_come, invoice_now, checkout
):
    staff = shop.make_staff(connection, name="Ada Finch", role="sales")
    refresh(days=1)

    assert did_not_come(staff["id"]) == "due"

    entry = connection.execute("SELECT * FROM audit_entry WHERE action = 'payment did not come'").fetchone()
    assert invoice_now()["payment_pending_at"] is None
    assert entry["actor"] == f"staff:{staff['id']}"
    assert entry["before"] == {"payment_pending_at": desk.after(minutes=1).isoformat()}
    assert checkout(days=2) == another.newest["url"]
    assert refresh(days=3) == {}


def test_what_the_bank_may_still_pay_is_not_given_up(stripe, debit, did_not_come, invoice_now):
    with pytest.raises(Conflict, match="still waits for the bank"):
        did_not_come()

    assert invoice_now()["payment_pending_at"]


@pytest.mark.parametrize(("bank", "became"), [("bank_pays", "paid"), ("bank_refuses", "failed")])
def test_what_stripe_knows_by_then_counts_more_than_what_is_said(stripe, debit, did_not_come, paid, bank, became):
    getattr(stripe, bank)(debit)

    assert did_not_come() == became
    assert len(paid()) == (became == "paid")


def test_one_that_the_shop_s_own_system_noted_is_given_up_without_asking(
    connection, invoice, did_not_come, invoice_now
):
    shop.update(connection, "invoice", invoice["id"], payment_pending_at=desk.NOW)

    assert did_not_come() == "due"
    assert invoice_now()["payment_pending_at"] is None
    with pytest.raises(Conflict, match="look again"):
        did_not_come()
