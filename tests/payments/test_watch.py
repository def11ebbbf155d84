"""Payments are noticed without any webhook, each of them once."""

import pytest

from engine import access, invoices, payments
from sidecar import passes
from tests import desk, shop


def test_a_paid_checkout_pays_the_invoice_once_and_the_receipt_follows(stripe, checkout, connection, refresh, paid):
    checkout()
    intent = stripe.pay()

    assert refresh(minutes=1) == {"paid": 1}
    assert refresh(minutes=2) == {}
    passes.once(desk.after(minutes=3))

    assert paid() == [(48_250, "stripe", intent)]
    assert desk.message(connection, "invoice_paid_email")["status"] == "sent"
    assert shop.events(connection, type="invoice.paid")[0]["payload"]["actor"] == "stripe"


def test_a_payment_is_on_record_with_its_moment_and_its_writer(stripe, checkout, connection, refresh, invoice_now):
    checkout()
    stripe.pay()

    refresh(minutes=1)

    payment = connection.execute("SELECT * FROM payment").fetchone()
    entry = connection.execute("SELECT * FROM audit_entry").fetchone()
    assert (payment["recorded_by"], payment["received_on"]) == ("stripe", desk.NOW.date())
    assert (entry["actor"], entry["after"]["amount_cents"]) == ("stripe", 48_250)
    assert invoice_now()["paid_at"] == desk.after(minutes=1)


def test_a_payment_known_from_elsewhere_is_not_counted_twice(stripe, checkout, connection, invoice, refresh, paid):
    checkout()
    intent = stripe.pay()
    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=48_250, provider_id=intent)

    refresh(minutes=1)

    assert [cents for cents, *_ in paid()] == [48_250]
    assert desk.alerts(connection) == []


def test_a_bank_debit_waits_and_then_pays(stripe, checkout, refresh, invoice_now, paid):
    checkout()
    intent = stripe.pay_by_bank()

    assert refresh(minutes=1) == {"payment_pending": 1}
    assert refresh(days=1) == {}
    assert (invoice_now()["status"], invoice_now()["payment_pending_at"]) == ("sent", desk.after(minutes=1))

    stripe.bank_pays(intent)

    assert refresh(days=3) == {"paid": 1}
    assert paid() == [(48_250, "stripe", intent)]
    assert (invoice_now()["status"], invoice_now()["payment_pending_at"]) == ("paid", None)


def test_a_bank_debit_that_comes_back_leaves_the_invoice_due(stripe, checkout, connection, refresh, invoice_now, paid):
    checkout()
    intent = stripe.pay_by_bank()
    refresh(minutes=1)
    stripe.bank_refuses(intent)

    assert refresh(days=3) == {"payment_failed": 1}
    assert (invoice_now()["status"], invoice_now()["payment_pending_at"]) == ("sent", None)
    assert paid() == []
    assert desk.alerts(connection)[0].startswith("The bank payment of invoice")
    assert checkout(days=3) == stripe.newest["url"]


def test_a_bank_debit_that_comes_back_makes_nothing_due_that_was_paid_otherwise(
    stripe, checkout, connection, refresh, record, invoice_now
):
    checkout()
    intent = stripe.pay_by_bank()
    refresh(minutes=1)
    record(48_250, access.LOCAL)
    stripe.bank_refuses(intent)

    refresh(days=3)

    assert (invoice_now()["status"], invoice_now()["payment_pending_at"]) == ("paid", None)
    told = desk.message(connection, "system_alert")["body_text"]
    assert "due again" not in told
    assert told.endswith("Nothing of the invoice is due, so there is nothing to do.")


def test_a_checkout_that_timed_out_is_forgotten(stripe, checkout, refresh):
    checkout()
    stripe.time_out()

    assert refresh(days=1) == {"checkout_expired": 1}
    assert refresh(days=2) == {}


@pytest.mark.parametrize("change", [{"status": "void"}, {"total_cents": 60_000}, {"currency": "CAD"}])
def test_a_checkout_that_no_longer_fits_its_invoice_is_closed(stripe, checkout, connection, invoice, refresh, change):
    checkout()
    shop.update(connection, "invoice", invoice["id"], **change)

    refresh(minutes=1)

    assert stripe.statuses() == ["expired"]


def test_a_payment_at_the_counter_closes_the_open_checkout_soon(stripe, checkout, connection, record):
    checkout()
    payments.refresh_open_sessions(desk.after(hours=2))
    record(8_250, shop.make_staff(connection)["id"])

    payments.refresh_open_sessions(desk.after(hours=2, seconds=1))

    assert stripe.statuses() == ["expired"]


def test_an_invoice_that_is_made_void_closes_the_open_checkout_soon(stripe, checkout, connection, invoice):
    checkout()
    payments.refresh_open_sessions(desk.after(hours=2))
    invoices.void(connection, invoice["id"], actor=access.LOCAL, now=desk.after(hours=2))

    payments.refresh_open_sessions(desk.after(hours=2, seconds=1))

    assert stripe.statuses() == ["expired"]


def test_what_was_paid_too_much_is_kept_and_told(stripe, checkout, connection, invoice, refresh, paid):
    checkout()
    shop.update(connection, "invoice", invoice["id"], status="void")
    stripe.pay()

    refresh(minutes=1)

    assert [cents for cents, *_ in paid()] == [48_250]
    assert desk.alerts(connection) == [f"Too much was paid for invoice {invoice['number']}"]


@pytest.mark.parametrize("locale", ["en-US", "Deutsch", ""])
def test_a_locale_that_nobody_knows_loses_no_payment(stripe, checkout, connection, invoice, refresh, paid, locale):
    checkout()
    shop.set_shop(connection, locale=locale)
    shop.update(connection, "invoice", invoice["id"], status="void")
    stripe.pay()

    refresh(minutes=1)

    assert [cents for cents, *_ in paid()] == [48_250]
    assert "$482.50" in desk.message(connection, "system_alert")["body_text"]


def test_money_in_another_currency_than_the_invoices_is_told_and_not_added(
    stripe, checkout, connection, invoice, refresh, paid
):
    checkout()
    shop.update(connection, "invoice", invoice["id"], currency="CAD")
    stripe.pay()

    refresh(minutes=1)

    assert paid() == []
    assert len(desk.alerts(connection)) == 1


def test_a_pending_note_of_the_shops_own_outlives_a_checkout(
    stripe, checkout, connection, invoice, refresh, invoice_now
):
    checkout()
    shop.update(connection, "invoice", invoice["id"], payment_pending_at=desk.NOW)
    stripe.time_out()

    refresh(days=1)

    assert invoice_now()["payment_pending_at"] == desk.NOW


def test_stripe_is_asked_often_at_first_and_then_seldom(stripe, checkout):
    checkout()

    def asked(**lapse):
        before = len(stripe.requests)
        payments.refresh_open_sessions(desk.after(**lapse))
        return len(stripe.requests) - before

    assert [asked(), asked(), asked(seconds=6), asked(hours=2), asked(hours=2, minutes=1)] == [1, 0, 1, 1, 0]


def test_a_session_that_another_account_made_is_given_up_after_its_day(
    stripe, checkout, connection, refresh, remembered
):
    checkout()
    connection.execute("UPDATE checkout_session SET expires_at = %s", [desk.after(days=1)])
    stripe.sessions.clear()

    assert refresh(hours=1) == {}
    assert refresh(days=2) == {"checkout_expired": 1}
    assert remembered() == [(1, 48_250, "expired")]
