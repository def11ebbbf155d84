"""Several messages are claimed at once where the provider is quick, and every promise of a single one still holds."""

from contextlib import closing

import pytest

from engine.decide.run import decide_all
from engine.deliver import last_look, outbox
from engine.deliver.dispatch import Dispatcher
from engine.deliver.pace import Pace
from tests import desk, shop

RULE = "production_started_email"


@pytest.fixture(autouse=True)
def live(connection, smtp_server, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    monkeypatch.setattr(Pace, "fit_into", lambda *_: 10)
    monkeypatch.setattr(last_look, "HOLDS_SECONDS", 60)
    desk.only(connection, RULE)


@pytest.fixture
def press(connection):
    """Puts so many jobs on press, of a customer each unless one is named, and decides."""

    def move(count, **values):
        for _ in range(count):
            shop.move_job(connection, shop.make_job(connection, **values), "in_production")
        decide_all(desk.NOW)

    return move


@pytest.fixture
def deliver():
    """One pass of a sender, which hangs up afterwards."""

    def one_pass(**options):
        with closing(Dispatcher(desk.NOW, **options)) as dispatcher:
            return dispatcher.deliver()

    return one_pass


def when_sent(connection, statement):
    """Whatever is written as `sent` brings this about in the same commit."""
    connection.execute(f"""
        CREATE FUNCTION react() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NULL; END $$;
        CREATE TRIGGER react AFTER UPDATE ON message FOR EACH ROW
        WHEN (NEW.status = 'sent') EXECUTE FUNCTION react()""")


def statuses(connection):
    return [row["status"] for row in desk.messages(connection)]


def test_those_that_were_claimed_together_go_out_one_after_the_other_and_once_each(
    connection, press, deliver, smtp_server
):
    press(5)

    done = deliver()

    assert done == {"sent": 5}
    assert len({mail.recipients for mail in smtp_server.mails}) == len(smtp_server.mails) == 5
    assert [desk.attempts(connection, row["id"]) for row in desk.messages(connection)] == [["accepted"]] * 5


def test_a_pause_stops_those_that_are_claimed_already(connection, press, deliver, smtp_server):
    press(4)
    when_sent(connection, "UPDATE shop SET sending_paused = true")

    deliver()

    # The second one began in the very commit that wrote the pause.
    assert len(smtp_server.mails) == 2
    assert statuses(connection) == ["sent", "sent", "queued", "queued"]


def test_a_fault_of_the_channel_gives_those_that_are_claimed_back(connection, press, deliver, smtp_server):
    press(3)
    smtp_server.on("mail", "454 4.7.0 not now")

    deliver()

    assert statuses(connection)[:3] == ["queued"] * 3


def test_whoever_is_told_to_stop_gives_those_that_are_claimed_back(connection, press, deliver, smtp_server):
    press(3)

    deliver(stopping=lambda: bool(smtp_server.mails))

    assert len(smtp_server.mails) == 1
    assert statuses(connection) == ["sent", "queued", "queued"]


def test_a_look_that_is_not_fresh_any_more_is_taken_again(connection, press, deliver, smtp_server, monkeypatch):
    monkeypatch.setattr(last_look, "HOLDS_SECONDS", -1.0)
    press(2)
    when_sent(connection, "UPDATE job SET messages_paused = true")

    deliver()

    assert len(smtp_server.mails) == 1
    assert desk.fates(connection) == [("sent", None), ("held", "job_paused")]


def test_two_of_one_customer_are_not_looked_at_together(connection, press, deliver, maya, smtp_server, monkeypatch):
    looked_at = []
    look = last_look.look
    monkeypatch.setattr(
        last_look,
        "look",
        lambda connection, claims, *rest: (
            looked_at.append([claim.customer_id for claim in claims]) or look(connection, claims, *rest)
        ),
    )
    press(2, customer_id=maya["id"])
    press(1)

    deliver()

    assert len(looked_at) == 2
    assert all(len(customers) == len(set(customers)) for customers in looked_at)
    assert len(smtp_server.mails) == 3


def test_what_was_accepted_is_written_down_although_the_next_one_breaks(connection, press, deliver, monkeypatch):
    press(2)
    monkeypatch.setattr(outbox, "settle_sent_and_begin", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        deliver()

    first, second = desk.messages(connection)
    assert (first["status"], desk.attempts(connection, first["id"])) == ("sent", ["accepted"])
    assert (second["status"], desk.attempts(connection, second["id"])) == ("queued", [])


def test_while_the_provider_thinks_about_the_last_one_the_next_are_claimed_and_looked_at(
    connection, press, deliver, smtp_server, monkeypatch
):
    monkeypatch.setattr(Pace, "fit_into", lambda *_: 3)
    press(6)

    # Three by the claim and two with each of its last ones; the sixth found no company, and so began as any other.
    assert deliver() == {"sent": 6}
    assert [desk.attempts(connection, row["id"]) for row in desk.messages(connection)] == [["accepted"]] * 6


def test_one_that_waits_on_another_channel_is_not_kept_waiting_by_a_long_row(connection, press, monkeypatch):
    monkeypatch.setattr(Pace, "fit_into", lambda *_: 3)
    press(6)
    text = {"rule_key": "status_update_sms", "channel": "sms", "status": "queued", "dedupe_key": "a text"}
    shop.insert(connection, "message", **text, send_after=desk.NOW)

    with closing(Dispatcher(desk.NOW)) as dispatcher:
        assert dispatcher.deliver() == {"sent": 3}


def test_what_goes_wrong_while_the_provider_thinks_leaves_its_answer_alone(
    connection, press, deliver, monkeypatch, smtp_server
):
    monkeypatch.setattr(Pace, "fit_into", lambda *_: 3)
    press(6)
    look_ahead, failing = last_look.look_ahead, []

    def breaks(connection, claims, *rest):
        if smtp_server.mails and not failing:
            failing.append(len(claims))
            raise RuntimeError("a record that can't be read")
        return look_ahead(connection, claims, *rest)

    monkeypatch.setattr(last_look, "look_ahead", breaks)

    assert deliver() == {"sent": 6}
    assert failing == [2]
    assert [desk.attempts(connection, row["id"]) for row in desk.messages(connection)] == [["accepted"]] * 6


def test_an_outcome_that_crossed_somebody_else_s_change_is_written_down_at_the_next_try(
    connection, press, deliver, smtp_server
):
    connection.execute("CREATE SEQUENCE tried")
    when_sent(connection, "IF nextval('tried') = 1 THEN RAISE deadlock_detected; END IF")
    press(2)

    deliver()
    deliver()

    assert statuses(connection) == ["sent", "sent"]
    assert len(smtp_server.mails) == 2
