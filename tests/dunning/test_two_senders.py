"""Senders that cross, servers that put off, one customer with several debts: still one reminder a day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from engine.deliver import reminders
from tests import desk, shop
from tests.smtp_server import DROP, smtp_server

from .conftest import DUE

__all__ = ["smtp_server"]

AFTERNOON = datetime(2026, 3, 4, 17, tzinfo=UTC)


@pytest.fixture
def other_sender(database_url):
    with psycopg.connect(database_url) as opened:
        yield opened


def wait_until_somebody_waits_for_a_lock(connection):
    for _ in range(20_000):
        waiting = connection.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchone()
        if waiting is not None:
            return
    pytest.fail("nobody waited for the other sender")


def test_a_reminder_that_another_sender_has_just_overtaken_is_covered(connection, maya, owe, days_after, other_sender):
    owe()
    days_after(1, hour=22)  # after hours: it waits for the next morning
    [waiting] = desk.messages(connection)
    other_sender.execute(reminders.sql.one_at_a_time, {"customer_ids": [maya["id"]]})

    with ThreadPoolExecutor(1) as late:
        run = late.submit(days_after, 2)
        wait_until_somebody_waits_for_a_lock(connection)
        other_sender.execute(
            "INSERT INTO message (rule_key, channel, customer_id, status, dedupe_key, send_after, sent_at, dunning_on)"
            " VALUES ('invoice_overdue_email', 'email', %(customer)s, 'sent', 'another', %(at)s, %(at)s, %(day)s)",
            {"customer": maya["id"], "at": datetime(2026, 3, 5, 16, tzinfo=UTC), "day": DUE + timedelta(days=2)},
        )
        other_sender.commit()
        run.result()

    row = next(row for row in desk.messages(connection) if row["id"] == waiting["id"])
    assert (row["status"], row["reason"]) == ("cancelled", "covered")


@pytest.fixture
def live(smtp_server, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    monkeypatch.setenv("SMTP_URL", smtp_server.url)


def test_a_reminder_that_was_put_off_stops_nobody_when_another_had_its_day(
    connection, live, owe, days_after, smtp_server
):
    owe()
    owe(due_date=DUE + timedelta(days=3))
    smtp_server.on("rcpt", "451 4.7.1 greylisted, try again later")
    days_after(1)
    days_after(1, minute=2)
    smtp_server.behave()
    days_after(1, minute=30)
    owe(customer_id=shop.make_customer(connection)["id"])

    days_after(1, minute=40)

    assert desk.fates(connection, "invoice_overdue_email") == [("sent", None), ("sent", None)]
    assert desk.fates(connection, "payment_due_soon_email") == [("queued", None)]


def test_a_day_that_something_unforeseen_has_taken_stops_nobody_elses_reminder(
    connection, live, owe, maya, days_after, smtp_server
):
    shop.insert(
        connection, "message", rule_key="test_send", channel="email", customer_id=maya["id"], status="sent",
        dunning_on=DUE + timedelta(days=1), dedupe_key="unforeseen", send_after=AFTERNOON, mode="live",
    )  # fmt: skip
    owe()
    owe(customer_id=shop.make_customer(connection, email="other@example.com")["id"])

    days_after(1)
    on_the_day = desk.fates(connection, "invoice_overdue_email")
    days_after(2)

    assert on_the_day == [("sending", None), ("sent", None)]
    assert desk.fates(connection, "invoice_overdue_email") == [("sent", None), ("sent", None)]


def test_a_reminder_in_doubt_takes_up_its_day(connection, live, owe, days_after, smtp_server):
    owe()
    owe()
    smtp_server.on("end", DROP, times=1)

    days_after(1)
    days_after(1, hour=17)

    assert len(set(smtp_server.message_ids)) == 1
    assert sorted(desk.fates(connection)) == [("cancelled", "covered"), ("sent", None)]


def test_a_reminder_that_the_server_put_off_is_tried_again_the_same_day(connection, live, owe, days_after, smtp_server):
    owe()
    smtp_server.on("rcpt", "451 4.3.0 try again later", times=1)

    days_after(1)
    put_off = desk.fates(connection)
    days_after(1, hour=17)

    assert put_off == [("queued", None)]
    assert desk.fates(connection) == [("sent", None)]
    assert desk.messages(connection)[0]["sent_at"] == AFTERNOON
