"""Stripe's webhook promises: only Stripe is heard, each event counts once, and their order does not matter."""

import hashlib
import hmac
import json
import time

import pytest

from engine import payments
from tests.portal.conftest import HOOK_SECRET, now


def sign(body: bytes, *, age: int = 0, secret: str = HOOK_SECRET) -> str:
    """https://docs.stripe.com/webhooks#verify-manually"""
    moment = int(time.time()) - age
    return f"t={moment},v1={hmac.new(secret.encode(), f'{moment}.'.encode() + body, hashlib.sha256).hexdigest()}"


@pytest.fixture
def session(stripe, invoice):
    payments.checkout_url(pay_token=invoice["pay_token"], return_url="https://orders.example.com/back")
    return stripe.newest


@pytest.fixture
def tell(client):
    def post(type, session, *, id="evt_1", signature=None, **values):
        event = {"id": id, "object": "event", "type": type, "data": {"object": {**session, **values}}}
        body = json.dumps(event).encode()
        return client.post("/hooks/stripe", content=body, headers={"stripe-signature": signature or sign(body)})

    return post


def payment_count(connection):
    return connection.execute("SELECT count(*) AS n FROM payment").fetchone()["n"]


COMPLETED = "checkout.session.completed"
PAID = {"status": "complete", "payment_status": "paid", "payment_intent": "pi_1"}
ON_ITS_WAY = {"status": "complete", "payment_status": "unpaid", "payment_intent": "pi_1"}


def test_a_payment_that_stripe_tells_of_is_recorded_once_however_often_it_tells(connection, session, tell, invoice):
    answers = [tell(COMPLETED, session, **PAID).text, tell(COMPLETED, session, **PAID).text]
    answers.append(tell(COMPLETED, session, id="evt_2", **PAID).text)

    assert answers == ["paid\n", "repeated\n", "nothing new\n"]
    assert now(connection, "invoice", invoice)["status"] == "paid"
    assert payment_count(connection) == 1
    assert connection.execute("SELECT count(*) AS n FROM provider_event").fetchone()["n"] == 2


def test_a_bank_debit_is_pending_until_the_bank_has_paid(connection, session, tell, invoice):
    tell(COMPLETED, session, **ON_ITS_WAY)
    pending = now(connection, "invoice", invoice)
    tell("checkout.session.async_payment_succeeded", session, id="evt_2", **PAID)

    paid = now(connection, "invoice", invoice)
    assert (pending["status"], pending["payment_pending_at"] is None) == ("sent", False)
    assert (paid["status"], paid["payment_pending_at"]) == ("paid", None)


def test_a_late_word_of_the_beginning_does_not_undo_the_end(connection, session, tell, invoice):
    tell("checkout.session.async_payment_succeeded", session, id="evt_2", **PAID)
    tell(COMPLETED, session, **ON_ITS_WAY)
    tell("checkout.session.expired", session, id="evt_3", status="expired")

    assert now(connection, "invoice", invoice)["payment_pending_at"] is None
    assert payment_count(connection) == 1


def test_a_debit_that_came_back_is_due_again_and_admins_hear_of_it(connection, session, tell, invoice):
    tell(COMPLETED, session, **ON_ITS_WAY)
    tell("checkout.session.async_payment_failed", session, id="evt_2", **ON_ITS_WAY)

    after = now(connection, "invoice", invoice)
    assert (after["status"], after["payment_pending_at"]) == ("sent", None)
    assert "came back" in connection.execute("SELECT subject FROM message").fetchone()["subject"]


def test_what_belongs_to_something_else_on_the_account_is_left_alone(connection, session, tell):
    assert tell(COMPLETED, session | {"id": "cs_other"}, **PAID).text == "not ours\n"
    assert tell("customer.created", session, id="evt_2").text == "ignored\n"
    assert payment_count(connection) == 0


def test_a_false_or_stale_signature_is_refused(client, connection, session, invoice):
    body = json.dumps(
        {"id": "evt_1", "object": "event", "type": COMPLETED, "data": {"object": session | PAID}}
    ).encode()
    forged = {
        "none": "",
        "made up": "t=1,v1=00",
        "nonsense": "nonsense",
        "another's": sign(body, secret="whsec_other"),
        "ten minutes old": sign(body, age=600),
        "of another body": sign(body + b" "),
    }

    answers = {
        name: client.post("/hooks/stripe", content=body, headers={"stripe-signature": signature}).status_code
        for name, signature in forged.items()
    }

    assert answers == dict.fromkeys(forged, 400)
    assert now(connection, "invoice", invoice)["status"] == "sent"


def test_what_is_signed_and_makes_no_sense_is_refused(client, stripe):
    senseless = [b"", b"{", b"[]", b"null", b'{"id": 1}', b"\xff", b'{"type": "x", "object": "event"}']

    answers = {
        body: client.post("/hooks/stripe", content=body, headers={"stripe-signature": sign(body)}).status_code
        for body in senseless
    }

    assert answers == dict.fromkeys(senseless, 400)


def test_without_a_signing_secret_nothing_is_believed(client, session, monkeypatch, tell):
    monkeypatch.delenv("STRIPE_WEBHOOK_SECRET")

    assert tell(COMPLETED, session, **PAID).status_code == 400
