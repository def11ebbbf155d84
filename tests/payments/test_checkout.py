"""A checkout promises: it asks for what is due at that moment, once, and nobody pays twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine import payments
from engine.errors import NotConnected, NotPayable, ProviderUnavailable
from engine.payments import amount
from tests import desk, shop


def pay(invoice):
    return payments.checkout_url(invoice_id=invoice["id"], now=desk.NOW)


def refused(invoice):
    with pytest.raises(NotPayable) as caught:
        pay(invoice)
    return str(caught.value)


def test_a_checkout_asks_for_the_balance_and_comes_back_to_the_invoice(stripe, connection, invoice):
    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=8_250)

    url = pay(invoice)

    page = f"{desk.PUBLIC_URL}/invoice/{invoice['pay_token']}"
    assert url == stripe.newest["url"]
    assert (stripe.newest["amount_total"], stripe.newest["currency"]) == (40_000, "usd")
    assert (stripe.newest["success_url"], stripe.newest["cancel_url"]) == (page, page)
    assert stripe.newest["metadata"] == {"invoice_id": str(invoice["id"]), "invoice_number": invoice["number"]}


def test_a_page_of_the_callers_own_may_be_the_way_back(stripe, invoice):
    payments.checkout_url(pay_token=invoice["pay_token"], now=desk.NOW, return_url="https://example.com/thanks")

    assert stripe.newest["success_url"] == "https://example.com/thanks"


def test_an_open_checkout_of_the_same_balance_is_used_again(stripe, checkout, remembered):
    first = checkout()

    assert checkout(hours=2) == first
    assert stripe.statuses() == ["open"]
    assert remembered() == [(1, 48_250, "open")]


def test_two_clicks_at_once_make_one_checkout(stripe, checkout):
    with ThreadPoolExecutor(4) as pool:
        urls = {future.result() for future in [pool.submit(checkout) for _ in range(4)]}

    assert len(urls) == 1
    assert stripe.statuses() == ["open"]


def test_an_outdated_checkout_is_expired_before_it_is_replaced(stripe, checkout, connection, invoice, remembered):
    checkout()
    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=8_250)

    url = checkout(minutes=1)

    assert stripe.statuses() == ["expired", "open"]
    assert url == stripe.newest["url"]
    assert remembered() == [(1, 48_250, "expired"), (2, 40_000, "open")]


def test_a_checkout_that_died_is_replaced_under_a_new_key(stripe, checkout, remembered):
    first = checkout()
    stripe.time_out()

    second = checkout(hours=25)

    assert second != first
    assert remembered() == [(1, 48_250, "expired"), (2, 48_250, "open")]


def test_a_checkout_about_to_die_is_not_handed_out(stripe, checkout, connection):
    checkout()
    connection.execute("UPDATE checkout_session SET expires_at = %s", [desk.after(minutes=5)])

    checkout()

    assert stripe.statuses() == ["expired", "open"]


def test_a_checkout_that_was_paid_meanwhile_is_recorded_instead(stripe, checkout, invoice_now, paid):
    checkout()
    intent = stripe.pay()

    with pytest.raises(NotPayable, match="is paid; nothing is due"):
        checkout(minutes=1)

    assert paid() == [(48_250, "stripe", intent)]
    assert (invoice_now()["status"], invoice_now()["paid_at"]) == ("paid", desk.after(minutes=1))


def test_a_customer_who_pays_while_their_checkout_is_replaced_pays_once(stripe, checkout, connection, invoice, paid):
    checkout()
    shop.update(connection, "invoice", invoice["id"], total_cents=60_000)
    intent = stripe.pay()

    checkout(minutes=1)

    assert paid() == [(48_250, "stripe", intent)]
    assert stripe.newest["amount_total"] == 60_000 - 48_250


def test_a_bank_debit_under_way_is_not_asked_for_again(stripe, checkout, invoice_now):
    checkout()
    stripe.pay_by_bank()

    for minutes in (1, 2):
        with pytest.raises(NotPayable, match="is on its way"):
            checkout(minutes=minutes)

    assert invoice_now()["payment_pending_at"] == desk.after(minutes=1)
    assert stripe.statuses() == ["complete"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": "draft"}, "is still a draft"),
        ({"status": "void"}, "is void"),
        ({"status": "paid"}, "is paid"),
        ({"status": "sent", "total_cents": 0}, "is paid"),
        ({"status": "sent", "total_cents": 49}, r"only $0.49 of invoice"),
        ({"status": "sent", "total_cents": 1_005, "currency": "KWD"}, "go in steps of KWD0.010"),
        ({"status": "sent", "total_cents": 60, "currency": "KWD"}, "takes no card payment of KWD0.060"),
    ],
)
def test_what_cannot_be_paid_is_refused_with_a_sentence(stripe, connection, values, words):
    sentence = refused(shop.make_invoice(connection, **values))

    assert words in sentence
    assert not stripe.sessions


def test_the_smallest_sum_can_be_paid(stripe, connection):
    pay(shop.make_invoice(connection, status="sent", total_cents=50))

    assert stripe.newest["amount_total"] == 50


def test_an_unknown_link_is_refused(stripe, connection):
    with pytest.raises(NotPayable, match="there is no such invoice"):
        payments.checkout_url(pay_token="nobody", now=desk.NOW)


def test_without_stripe_nothing_is_promised(invoice):
    with pytest.raises(NotConnected, match=r"not connected; connect Stripe on Settings → Connections"):
        pay(invoice)


def test_without_a_page_to_come_back_to_nothing_is_made(stripe, connection, invoice):
    shop.set_shop(connection, public_url=None)

    assert "set INKBELL_PUBLIC_URL" in refused(invoice)


@pytest.mark.parametrize(
    ("currency", "cents", "at_stripe"),
    [("EUR", 1_999, 1_999), ("JPY", 5_000, 5_000), ("KWD", 5_120, 5_120), ("ISK", 5_000, 500_000)],
)
def test_a_sum_is_what_it_is_in_its_currency(stripe, connection, refresh, paid, currency, cents, at_stripe):
    invoice = shop.make_invoice(connection, status="sent", total_cents=cents, currency=currency)

    pay(invoice)

    assert (stripe.newest["amount_total"], stripe.newest["currency"]) == (at_stripe, currency.lower())
    intent = stripe.pay()
    refresh()
    assert paid() == [(cents, "stripe", intent)]


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD", "ISK", "UGX", "HUF", "CLP", "MGA"])
def test_what_stripe_counts_is_counted_back(currency):
    assert amount.from_stripe(amount.to_stripe(12_340, currency), currency) == 12_340


def test_a_session_of_another_account_does_not_stand_in_the_way(stripe, checkout, remembered):
    checkout()
    stripe.sessions.clear()

    checkout(minutes=1)

    assert remembered() == [(1, 48_250, "expired"), (2, 48_250, "open")]


def test_an_answer_that_was_cut_off_makes_no_second_session(stripe, checkout, remembered):
    stripe.cut(times=1, method="POST")

    url = checkout()

    assert next(iter(stripe.sessions.values()))["url"] == url
    assert stripe.statuses() == ["open"]
    assert remembered() == [(1, 48_250, "open")]


def test_a_replayed_session_that_is_dead_by_now_is_not_handed_out(stripe, checkout, remembered):
    stripe.cut(times=2, method="POST")
    with pytest.raises(ProviderUnavailable):
        checkout()
    stripe.time_out()

    url = checkout(hours=1)

    assert url == stripe.newest["url"]
    assert stripe.statuses() == ["expired", "open"]
    assert remembered() == [(1, 48_250, "expired"), (2, 48_250, "open")]
