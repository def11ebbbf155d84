"""Twilio's webhooks promise: STOP is obeyed, replies are read by somebody, and statuses only move forward."""

import base64
import hashlib
import hmac

import pytest

from tests import desk, shop
from tests.desk import PUBLIC_URL
from tests.portal.conftest import now

FROM = "+12125550123"


def sign(token: str, url: str, form: dict[str, str]) -> str:
    """https://www.twilio.com/docs/usage/webhooks/webhooks-security"""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


@pytest.fixture
def tell(client, twilio_token):
    def post(path, *, base=PUBLIC_URL, token=twilio_token, **form):
        return client.post(path, data=form, headers={"x-twilio-signature": sign(token, base + path, form)})

    return post


@pytest.fixture
def reply(tell):
    def post(body, sid="SM1", **more):
        return tell("/hooks/twilio/inbound", MessageSid=sid, From=FROM, To="+15005550006", Body=body, **more)

    return post


def suppressions(connection):
    rows = connection.execute("SELECT address, reason, lifted_at IS NULL AS stands FROM suppression")
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop. ", "Unsubscribe", "STOP ALL", "quit"])
def test_stop_and_its_kin_end_the_texts(connection, maya, reply, word):
    answer = reply(word)

    assert (answer.status_code, answer.text.endswith("<Response/>")) == (200, True)
    assert suppressions(connection) == [(FROM, "opted_out", True)]
    assert desk.messages(connection) == []


@pytest.mark.parametrize("words", ["Cancel 1042", "End: 5?", "Quit #12", "Cancel 訂單"])
def test_a_word_with_a_number_is_about_an_order_and_somebody_reads_it(connection, admin, maya, reply, words):
    reply(words)

    assert suppressions(connection) == []
    assert desk.message(connection, "sms_reply")["body_text"] == f"{FROM}: {words}"


def test_start_lifts_it_again(connection, reply):
    reply("STOP")
    reply("START", "SM2")

    assert suppressions(connection) == [(FROM, "opted_out", False)]


def test_an_old_stop_that_is_delivered_again_silences_nobody(connection, reply):
    reply("STOP")
    reply("START", "SM2")
    reply("STOP")

    assert suppressions(connection) == [(FROM, "opted_out", False)]


def test_yes_is_an_answer_unless_the_number_was_silent(connection, admin, reply):
    reply("Yes")
    reply("STOP", "SM2")
    reply("Yes", "SM3")

    assert suppressions(connection) == [(FROM, "opted_out", False)]
    assert len(desk.messages(connection, rule_key="sms_reply")) == 1


def test_any_other_reply_is_shown_to_every_admin_once(connection, admin, maya, reply):
    reply("please stop by, we <b>open</b> at 9")
    reply("please stop by, we <b>open</b> at 9")

    notice = desk.message(connection, "sms_reply")
    assert (notice["channel"], notice["status"], notice["staff_id"]) == ("in_app", "sent", admin["id"])
    assert notice["subject"] == "Maya Ortiz replied to a text"
    assert notice["body_text"] == f"{FROM}: please stop by, we <b>open</b> at 9"
    kept = connection.execute("SELECT customer_id, body FROM inbound_text").fetchall()
    assert [row["customer_id"] for row in kept] == [maya["id"]]


def test_a_reply_has_the_customer_s_name_though_an_extension_stands_behind_their_number(connection, admin, maya, reply):
    shop.update(connection, "customer", maya["id"], phone="(212) 555-0123 x4")

    reply("please stop by")

    assert desk.message(connection, "sms_reply")["subject"] == "Maya Ortiz replied to a text"


@pytest.fixture
def text(connection):
    return desk.queued(connection, channel="sms", status="sent", provider_id="SM9", sent_at=desk.NOW, to_address=FROM)


def test_a_status_moves_a_text_forward_and_never_back(connection, text, tell):
    answers = [
        tell("/hooks/twilio/status", MessageSid="SM9", MessageStatus=word).status_code
        for word in ("delivered", "sent", "undelivered", "delivered")
    ]

    assert answers == [204] * 4
    assert now(connection, "message", text)["status"] == "delivered"


def test_a_text_that_was_lost_says_why(connection, text, tell):
    tell("/hooks/twilio/status", MessageSid="SM9", MessageStatus="undelivered", ErrorCode="30005")

    lost = now(connection, "message", text)
    assert (lost["status"], lost["reason"]) == ("failed", "undelivered")
    assert "30005" in lost["detail"]


def test_a_status_of_a_text_that_nobody_knows_is_taken_and_changes_nothing(connection, tell):
    assert tell("/hooks/twilio/status", MessageSid="SMx", MessageStatus="delivered").status_code == 204
    assert desk.messages(connection) == []


@pytest.mark.parametrize(
    "given", [{"token": "x" * 32}, {"base": "http://10.0.0.5:8000"}, {"base": "https://evil.example"}]
)
def test_a_false_signature_is_refused(connection, tell, given):
    answer = tell("/hooks/twilio/inbound", MessageSid="SM1", From=FROM, Body="STOP", **given)

    assert answer.status_code == 403
    assert suppressions(connection) == []


def test_the_public_address_is_what_counts_whatever_a_proxy_made_of_it(connection, client, twilio_token):
    form = {"MessageSid": "SM1", "From": FROM, "Body": "STOP"}
    signature = sign(twilio_token, f"{PUBLIC_URL}/hooks/twilio/inbound", form)

    answer = client.post(
        "http://10.0.0.5:8000/hooks/twilio/inbound", data=form, headers={"x-twilio-signature": signature}
    )

    assert answer.status_code == 200


def test_a_signature_for_one_text_does_not_fit_another(connection, client, twilio_token):
    signature = sign(twilio_token, f"{PUBLIC_URL}/hooks/twilio/inbound", {"MessageSid": "SM1", "From": FROM})

    answer = client.post(
        "/hooks/twilio/inbound",
        data={"MessageSid": "SM2", "From": FROM, "Body": "STOP"},
        headers={"x-twilio-signature": signature},
    )

    assert answer.status_code == 403


def test_without_twilio_nothing_is_believed(client):
    form = {"MessageSid": "SM1", "From": FROM, "Body": "STOP"}
    answer = client.post("/hooks/twilio/inbound", data=form, headers={"x-twilio-signature": sign("", PUBLIC_URL, form)})

    assert answer.status_code == 403
