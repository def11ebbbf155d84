"""A channel that is down promises: its messages wait unharmed, admins are told once, and it drains by itself."""

import pytest

from engine import access, providers
from engine.deliver import log
from engine.deliver.dispatch import Dispatcher
from tests import desk, shop
from tests.smtp_server import closed_port

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


def test_an_unreachable_server_keeps_the_queue_tells_admins_once_and_drains_by_itself(
    connection, admin, press, smtp_server, run, monkeypatch
):
    press("one@example.com", "two@example.com", "three@example.com")
    with closed_port() as port:
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
        for minutes in range(3):
            run(minutes=minutes)

    assert [(row["status"], row["attempts"]) for row in desk.messages(connection, rule_key=RULE)] == [("queued", 0)] * 3
    assert desk.alerts(connection) == ["Email can't be sent"]
    assert connection.execute("SELECT FROM attempt").fetchall() == []
    [fault] = connection.execute("SELECT last_error FROM connection").fetchall()
    said = {line.sentence for line in log.lines(connection, log.ids(connection, log.Wanted(rule_key=RULE), 9))}
    assert said == {f"Held up by the channel, and goes out by itself when that works: {fault['last_error']}"}

    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    run(hours=100)
    assert desk.fates(connection, RULE) == [SENT] * 3
    assert connection.execute("SELECT last_error FROM connection").fetchone()["last_error"] is None


def test_a_channel_that_is_down_is_tried_with_one_message_after_1_5_and_15_minutes(connection, press, smtp_server, run):
    smtp_server.on("mail", "550 5.7.1 no more from you")
    press("one@example.com", "two@example.com")
    run()

    tried = []
    for seconds in range(30, 40 * 60, 30):
        before = len(smtp_server.commands)
        dispatcher = Dispatcher(desk.after(seconds=seconds))
        dispatcher.deliver()
        dispatcher.close()
        if len(smtp_server.commands) > before:
            tried.append(seconds / 60)

    assert tried == [1, 5, 20, 35]


def test_a_turn_to_try_is_kept_for_the_next_message_when_none_waits(connection, press, smtp_server, run):
    smtp_server.on("mail", "550 5.7.1 no more from you", times=1)
    press("one@example.com")
    run()
    connection.execute("UPDATE message SET status = 'cancelled' WHERE status = 'queued'")
    dispatcher = Dispatcher(desk.after(minutes=30))
    dispatcher.deliver()
    desk.queued(connection, event_id=desk.message(connection, RULE)["event_id"], customer_id=1)

    dispatcher.deliver()
    dispatcher.close()

    assert len(smtp_server.mails) == 1


def test_three_recipients_refused_for_our_reputation_are_the_channel_s_fault(connection, press, smtp_server, run):
    smtp_server.on("rcpt", "554 5.7.1 blocklisted")
    press("one@example.com", "two@example.com", "three@example.com", "four@example.com")

    run()

    assert desk.fates(connection, RULE) == [FAILED, FAILED, ("queued", None), ("queued", None)]
    assert connection.execute("SELECT FROM suppression").fetchall() == []


def test_while_our_reputation_is_the_fault_no_try_costs_a_message(connection, press, smtp_server, run):
    smtp_server.on("rcpt", "554 5.7.1 blocklisted")
    press("one@example.com", "two@example.com", "three@example.com", "four@example.com")
    run()

    for minutes in (20, 40, 60):
        run(minutes=minutes)

    assert sum(command.startswith("MAIL") for command in smtp_server.commands) == 6
    assert desk.fates(connection, RULE) == [FAILED, FAILED, ("queued", None), ("queued", None)]
    smtp_server.behave()
    run(minutes=80)
    assert desk.fates(connection, RULE) == [FAILED, FAILED, SENT, SENT]


def test_a_test_of_the_connection_does_not_end_a_fault_of_our_reputation(connection, press, smtp_server, run):
    smtp_server.on("rcpt", "554 5.7.1 blocklisted")
    press("one@example.com", "two@example.com", "three@example.com", "four@example.com")
    run()

    assert providers.test("smtp", actor=access.LOCAL, now=desk.after(minutes=30)).works
    run(minutes=30)

    assert desk.fates(connection, RULE) == [FAILED, FAILED, ("queued", None), ("queued", None)]


def test_a_recipient_who_is_refused_twice_for_our_reputation_is_one_of_three(connection, press, smtp_server, run):
    smtp_server.on("rcpt", "554 5.7.1 not from you", recipient="one@example.com")
    smtp_server.on("rcpt", "554 5.7.1 not from you", recipient="two@example.com")
    press("one@example.com", "two@example.com", "one@example.com", "three@example.com")

    run()

    assert desk.fates(connection, RULE) == [FAILED] * 3 + [SENT]


def test_a_server_that_closes_after_the_content_costs_no_try(connection, admin, press, smtp_server, run):
    smtp_server.on("end", "421 4.3.2 shutting down", times=1)
    press("one@example.com", "two@example.com")

    run()
    messages = desk.messages(connection, rule_key=RULE)
    assert [(row["status"], row["attempts"]) for row in messages] == [("queued", 0)] * 2
    assert desk.alerts(connection) == ["Email can't be sent"]

    run(minutes=1)
    assert desk.fates(connection, RULE) == [SENT, SENT]
    assert len(smtp_server.mails) == 2


@pytest.mark.parametrize(("stage", "reply"), [("rcpt", "550 5.1.1 no such user"), ("end", "554 5.6.0 not like this")])
def test_a_no_to_one_recipient_shows_that_email_goes_again(connection, press, smtp_server, run, stage, reply):
    smtp_server.on("mail", "421 4.3.2 shutting down", times=1)
    smtp_server.on(stage, reply, recipient="one@example.com")
    press("one@example.com", "two@example.com", "three@example.com")
    run()

    run(minutes=1)

    assert desk.fates(connection, RULE) == [FAILED, SENT, SENT]
    assert connection.execute("SELECT last_error FROM connection").fetchone()["last_error"] is None


def test_what_need_not_go_any_more_takes_no_turn_from_what_tries_the_channel(connection, press, smtp_server, run):
    smtp_server.on("mail", "421 4.3.2 shutting down")
    press("one@example.com", "two@example.com", "three@example.com")
    run()
    connection.execute("UPDATE job SET status = 'shipped' WHERE customer_id IN (SELECT min(id) FROM customer)")
    connection.execute("UPDATE customer SET email = NULL WHERE email = 'two@example.com'")
    smtp_server.behave()

    run(minutes=1)

    assert [status for status, _ in desk.fates(connection, RULE)] == ["cancelled", "cancelled", "sent"]


def test_an_address_that_no_server_was_asked_about_shows_nothing(connection, press, smtp_server, run):
    smtp_server.on("mail", "421 4.3.2 shutting down")
    press("josé@example.com", "two@example.com")
    connection.execute("INSERT INTO connection (provider, last_error, failing_since) VALUES ('smtp', 'down', now())")

    run()

    assert desk.fates(connection, RULE) == [("failed", "address_invalid"), ("queued", None)]
    assert connection.execute("SELECT last_error FROM connection").fetchone()["last_error"] == "down"


def test_refusals_for_our_reputation_after_an_outage_cost_two_messages_at_most(connection, press, smtp_server, run):
    smtp_server.on("mail", "421 4.3.2 shutting down")
    press("one@example.com", "two@example.com", "three@example.com", "four@example.com")
    run()
    smtp_server.behave()
    smtp_server.on("rcpt", "554 5.7.1 blocklisted")

    for minutes in (20, 40, 60, 80):
        run(minutes=minutes)

    assert desk.fates(connection, RULE) == [FAILED] * 2 + [("queued", None)] * 2


def test_while_our_reputation_is_the_fault_a_dead_mailbox_shows_nothing(connection, press, smtp_server, run):
    smtp_server.on("end", "554 5.7.1 blocklisted")
    press("one@example.com", "two@example.com", "three@example.com", "four@example.com", "five@example.com")
    run()
    smtp_server.on("rcpt", "550 5.1.1 no such user", recipient="four@example.com")

    for minutes in (20, 40, 60):
        run(minutes=minutes)

    assert [status for status, _ in desk.fates(connection, RULE)] == ["failed", "failed", "queued", "failed", "queued"]


@pytest.mark.parametrize("url", [None, "smpt://user:hunter2@mail.example.com", "smtp://user:hunter2@"])
def test_a_mail_server_that_is_not_or_wrongly_named_is_said_so_and_nothing_is_lost(
    connection, admin, press, run, monkeypatch, url
):
    monkeypatch.delenv("SMTP_URL")
    if url:
        monkeypatch.setenv("SMTP_URL", url)
    press("maya@example.com")
    shop.make_lead(connection)

    run()

    said = connection.execute("SELECT last_error FROM connection WHERE provider = 'smtp'").fetchone()["last_error"]
    assert desk.fates(connection, RULE, "lead_new_notification") == [("queued", None), SENT]
    assert desk.alerts(connection) == ["Email can't be sent"]
    assert ("SMTP_URL" if url else "not connected") in said
    assert "hunter2" not in said
