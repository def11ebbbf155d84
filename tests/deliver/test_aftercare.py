"""What Twilio took is followed to its end, and a text in doubt is looked up before it is ever sent again."""

from datetime import timedelta

import pytest

from engine.deliver import aftercare
from engine.store import database
from sidecar import passes
from tests import desk, shop
from tests.desk import NOW, after
from tests.twilio_server import OPTED_OUT

PHONE = "+12125550123"
TEXT = "status_update_sms"
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def live(connection, twilio_server, monkeypatch):
    """A live shop that only texts, with Twilio's clock at the desk's NOW."""
    desk.open_shop(connection, delivery_mode="live")
    desk.only(connection, TEXT)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", twilio_server.account_sid)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", twilio_server.auth_token)
    monkeypatch.setenv("TWILIO_FROM", twilio_server.sender)
    monkeypatch.setenv("TWILIO_API_BASE", twilio_server.url)
    twilio_server.clock = lambda: NOW


@pytest.fixture
def text(connection):
    """Has something to tell to Maya, runs the sidecar at NOW, and gives the message."""

    def make(phone=PHONE, now=NOW):
        customer = shop.make_customer(connection, phone=phone)
        shop.move_job(connection, shop.make_job(connection, customer_id=customer["id"]), "in_production")
        passes.once(now)
        return desk.messages(connection, rule_key=TEXT)[-1]

    return make


def fate(connection, message):
    [row] = desk.messages(connection, id=message["id"])
    return row["status"], row["reason"]


def looks(twilio_server):
    return sum(method == "GET" for method, *_ in twilio_server.requests)


def report(sid, status, code=None, now=NOW):
    with database.transaction() as connection:
        return aftercare.record_report(connection, sid, status, code, now)


def suppressed(connection):
    rows = connection.execute("SELECT address, reason FROM suppression WHERE lifted_at IS NULL ORDER BY address")
    return [(row["address"], row["reason"]) for row in rows]


def kept(connection):
    rows = connection.execute("SELECT type, outcome FROM provider_event ORDER BY id")
    return [(row["type"], row["outcome"]) for row in rows]


def test_a_text_without_a_last_word_is_asked_for_five_times_and_then_no_more(twilio_server, text):
    text()
    asked = []

    for lapse in aftercare.LOOKS:
        for moment in (NOW + lapse - SECOND, NOW + lapse, NOW + lapse + SECOND):
            aftercare.follow(moment)
            asked.append(looks(twilio_server))
    aftercare.follow(after(days=30))

    assert asked == [0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5]
    assert looks(twilio_server) == 5


def test_a_sidecar_that_was_away_asks_once_for_the_looks_that_it_missed(twilio_server, text):
    text()

    aftercare.follow(after(hours=3))
    aftercare.follow(after(hours=3))

    assert looks(twilio_server) == 1
    aftercare.follow(after(hours=4))
    assert looks(twilio_server) == 2


def test_a_delivered_text_says_so_and_is_not_asked_for_again(connection, twilio_server, text):
    message = text()
    twilio_server.report(message["provider_id"], "delivered")

    tally = passes.once(after(minutes=1))
    passes.once(after(minutes=5))

    [row] = desk.messages(connection, id=message["id"])
    assert (row["status"], row["delivered_at"], row["follow_at"]) == ("delivered", after(minutes=1), None)
    assert tally["delivered"] == 1
    assert looks(twilio_server) == 1


@pytest.mark.parametrize(
    ("status", "code", "reason", "outcome"),
    [
        ("undelivered", 30005, "undelivered", "refused"),
        ("undelivered", 30006, "undelivered", "refused"),
        ("failed", 30003, "undelivered", "accepted"),
        ("canceled", None, "undelivered", "accepted"),
    ],
)
def test_a_text_that_the_carrier_lost_fails_with_its_word_and_silences_nobody(
    connection, twilio_server, text, status, code, reason, outcome
):
    message = text()
    twilio_server.report(message["provider_id"], status, code)

    aftercare.follow(after(minutes=1))

    [row] = desk.messages(connection, id=message["id"])
    assert (row["status"], row["reason"]) == ("failed", reason)
    assert row["detail"].startswith(str(code or status))
    assert desk.attempts(connection, message["id"]) == [outcome]
    assert suppressed(connection) == []


@pytest.mark.parametrize(("code", "advice"), [(30032, "verify it"), (30034, "register it")])
def test_a_text_that_carriers_take_from_no_unregistered_number_says_what_to_do(
    connection, twilio_server, text, code, advice
):
    message = text()
    twilio_server.report(message["provider_id"], "undelivered", code)

    aftercare.follow(after(minutes=1))

    assert desk.messages(connection, id=message["id"])[0]["detail"].endswith(f"{advice} in Twilio’s console")


def test_an_opt_out_is_recorded_whether_it_comes_at_sending_or_later(connection, twilio_server, text):
    at_once = text(phone=OPTED_OUT)
    later = text()
    twilio_server.report(later["provider_id"], "failed", 21610)

    aftercare.follow(after(minutes=1))

    assert fate(connection, at_once) == ("failed", "opted_out")
    assert fate(connection, later) == ("failed", "opted_out")
    assert suppressed(connection) == [(PHONE, "opted_out"), (OPTED_OUT, "opted_out")]


def test_a_stop_from_the_shops_own_test_phone_silences_no_customer(connection, twilio_server, text):
    shop.set_shop(connection, delivery_mode="redirect", redirect_phone="+12125550199")
    message = text()
    assert twilio_server.texts[0]["to"] == "+12125550199"
    shop.set_shop(connection, redirect_phone=OPTED_OUT)
    refused = text(phone="+12125550177")

    report(message["provider_id"], "failed", 21610)

    assert fate(connection, message) == fate(connection, refused) == ("failed", "opted_out")
    assert suppressed(connection) == []


def test_a_stop_silences_the_number_that_was_tried_and_not_the_one_that_was_replaced(connection, text):
    shop.set_shop(connection, sending_paused=True)
    message = text()
    shop.update(connection, "customer", message["customer_id"], phone=OPTED_OUT)
    shop.set_shop(connection, sending_paused=False)

    passes.once(after(minutes=1))

    assert suppressed(connection) == [(OPTED_OUT, "opted_out")]


@pytest.mark.parametrize("first", ["delivered", "undelivered"])
def test_reports_that_come_late_or_lower_are_kept_and_change_nothing(connection, text, first):
    message = text()
    sid = message["provider_id"]

    became = [report(sid, status, now=after(minutes=2)) for status in ("sending", first, "sent", "delivered", "failed")]

    final = "delivered" if first == "delivered" else "failed"
    assert became == [None, final, None, None, None]
    assert fate(connection, message)[0] == final
    assert kept(connection)[:3] == [("sending", "nothing new"), (first, final), ("sent", "nothing new")]


def test_a_report_that_is_repeated_is_kept_once(connection, text):
    sid = text()["provider_id"]

    assert [report(sid, "delivered"), report(sid, "delivered")] == ["delivered", None]
    assert kept(connection) == [("delivered", "delivered")]


def test_a_report_that_comes_before_the_sid_is_known_counts_when_it_is_seen_again(connection, text):
    assert report("SM" + "0" * 32, "delivered") is None
    assert kept(connection) == [("delivered", "no such message")]
    message = text()
    connection.execute("UPDATE message SET provider_id = %s WHERE id = %s", ["SM" + "0" * 32, message["id"]])

    assert report("SM" + "0" * 32, "delivered") == "delivered"
    assert kept(connection) == [("delivered", "delivered")]


def test_a_lost_answer_is_looked_up_and_the_text_is_never_sent_twice(connection, twilio_server, text):
    twilio_server.lie(times=1)

    message = text()

    [taken] = twilio_server.texts
    assert fate(connection, message) == ("sent", None)
    assert message["provider_id"] == taken["sid"]
    assert message["sent_at"] == NOW
    assert desk.attempts(connection, message["id"]) == ["accepted"]
    twilio_server.report(taken["sid"], "delivered")
    passes.once(after(minutes=1))
    assert fate(connection, message) == ("delivered", None)
    assert len(twilio_server.texts) == 1


def test_a_text_that_twilio_never_had_is_sent_again_after_two_minutes_and_not_before(connection, twilio_server, text):
    twilio_server.fail(500, 20500, times=1)
    message = text()
    assert fate(connection, message) == ("unknown", "outcome_unknown")

    passes.once(after(minutes=1, seconds=59))
    assert fate(connection, message) == ("unknown", "outcome_unknown")
    assert twilio_server.texts == []

    passes.once(after(minutes=2))
    assert fate(connection, message) == ("sent", None)
    assert len(twilio_server.texts) == 1
    assert desk.attempts(connection, message["id"]) == ["unknown", "accepted"]


def test_a_lookup_that_fails_is_made_again_and_nothing_is_sent_meanwhile(connection, twilio_server, text):
    twilio_server.lie(times=1)
    twilio_server.fail(500, 20500, method="GET", times=1)
    message = text()
    assert fate(connection, message) == ("unknown", "outcome_unknown")

    passes.once(after(minutes=1))

    assert fate(connection, message) == ("sent", None)
    assert len(twilio_server.texts) == 1


def test_a_lookup_that_is_impossible_leaves_the_doubt_and_sends_nothing(connection, twilio_server, text):
    twilio_server.fail(500, 20500, times=1)
    twilio_server.fail(503, 20500, method="GET")
    message = text()

    for minutes in (1, 2, 5, 60, 24 * 60):
        passes.once(after(minutes=minutes))

    assert fate(connection, message) == ("unknown", "outcome_unknown")
    assert twilio_server.texts == []


def test_a_sender_that_died_in_the_hand_off_sends_nothing_before_the_list_was_read(connection, twilio_server, text):
    message = text()
    connection.execute(
        "UPDATE message SET status = 'sending', provider_id = NULL, sent_at = NULL, follow_at = NULL, "
        "leased_until = %s WHERE id = %s",
        [after(minutes=2), message["id"]],
    )
    connection.execute("UPDATE attempt SET finished_at = NULL, outcome = NULL")

    passes.once(after(minutes=3))

    [row] = desk.messages(connection)
    assert (row["status"], row["provider_id"]) == ("sent", twilio_server.texts[0]["sid"])
    assert len(twilio_server.texts) == 1


def test_two_texts_with_the_same_words_get_a_sid_each(connection, twilio_server, text):
    twilio_server.lie()
    twilio_server.fail(500, 20500, method="GET", times=2)
    job = shop.make_job(connection, customer_id=shop.make_customer(connection, phone=PHONE)["id"])
    shop.move_job(connection, job, "in_production")
    passes.once(NOW)
    connection.execute(
        "INSERT INTO message "
        "(event_id, rule_key, channel, customer_id, status, dedupe_key, send_after, mode, resend_of) "
        "SELECT event_id, rule_key, channel, customer_id, 'queued', dedupe_key || ':again:1', send_after, mode, id "
        "FROM message"
    )
    passes.once(after(seconds=5))
    connection.execute("UPDATE attempt SET outcome = 'unknown'")
    twilio_server.behave()

    passes.once(after(minutes=2))

    rows = desk.messages(connection)
    assert [row["status"] for row in rows] == ["sent", "sent"]
    assert {row["provider_id"] for row in rows} == {taken["sid"] for taken in twilio_server.texts}
    assert len(twilio_server.texts) == 2


def test_a_redirected_text_in_doubt_is_looked_for_at_the_shops_own_number(connection, twilio_server, text):
    shop.set_shop(connection, delivery_mode="redirect", redirect_phone="+12125550199")
    twilio_server.lie(times=1)

    message = text()

    assert fate(connection, message) == ("sent", None)
    assert [taken["to"] for taken in twilio_server.texts] == ["+12125550199"]


def test_a_twilio_that_stays_ill_is_tried_less_and_less_often_until_the_news_is_old(connection, twilio_server, text):
    twilio_server.fail(500, 20500)
    message = text()

    tries = []
    for minutes in range(3, 420, 9):
        passes.once(after(minutes=minutes))
        tries.append(len(desk.attempts(connection, message["id"])))

    assert tries[0] == 2
    assert 4 <= tries[-1] <= 7
    passes.once(after(hours=20))
    assert fate(connection, message) == ("expired", "stale")
    assert twilio_server.texts == []


def test_eight_tries_that_twilio_never_answered_are_enough(connection, twilio_server, text):
    twilio_server.fail(500, 20500, times=1)
    message = text()
    connection.execute("UPDATE message SET attempts = 8")

    passes.once(after(minutes=2))

    assert fate(connection, message) == ("failed", "gave_up")
    assert twilio_server.texts == []


def test_in_the_sandbox_nothing_leaves_not_even_a_question(connection, twilio_server, text):
    text()
    shop.set_shop(connection, delivery_mode="sandbox")
    text()
    before = len(twilio_server.requests)

    passes.once(after(hours=1))

    assert len(twilio_server.requests) == before
    shop.set_shop(connection, delivery_mode="live")
    passes.once(after(hours=1))
    assert looks(twilio_server) == 1


def test_a_text_that_can_not_be_followed_does_not_keep_the_others_waiting(connection, twilio_server, text):
    gone, other = text(), text(phone="+12125550124")
    twilio_server.texts = [taken for taken in twilio_server.texts if taken["sid"] != gone["provider_id"]]
    twilio_server.report(other["provider_id"], "delivered")

    aftercare.follow(after(minutes=1))

    assert fate(connection, gone) == ("sent", None)
    assert fate(connection, other) == ("delivered", None)


def test_a_twilio_that_is_down_is_left_alone_after_three_tries(connection, twilio_server, text):
    for number in range(5):
        text(phone=f"+1212555012{number}")
    twilio_server.fail(503, 20500, method="GET")

    aftercare.follow(after(minutes=1))

    assert looks(twilio_server) == 3
    twilio_server.behave()
    aftercare.follow(after(minutes=1))
    assert looks(twilio_server) == 5


def test_a_refused_credential_holds_the_channel_and_tells_admins_once(connection, twilio_server, text, monkeypatch):
    shop.make_staff(connection, name="Ada Finch")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "wrong")
    first, second = text(), text(phone="+12125550124")

    for minutes in (1, 5, 20, 60):
        passes.once(after(minutes=minutes))

    assert fate(connection, first) == fate(connection, second) == ("queued", None)
    assert desk.alerts(connection) == ["Text messages can't be sent"]
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", twilio_server.auth_token)
    passes.once(after(minutes=61))
    assert fate(connection, first) == fate(connection, second) == ("sent", None)


def test_looking_for_what_is_due_reads_a_small_index(connection):
    connection.execute("SET enable_seqscan = off")
    plan = connection.execute(
        "EXPLAIN SELECT id FROM message WHERE status = 'sent' AND follow_at <= now() ORDER BY follow_at LIMIT 1"
    ).fetchall()

    assert any("message_follow" in row["QUERY PLAN"] for row in plan)
