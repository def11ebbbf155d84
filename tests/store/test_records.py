"""The records promise: numbers, tokens and addresses come out right whoever writes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from engine.store import database
from tests import shop
from tests.chaos.storm import until


def test_numbers_count_up_from_1001(connection):
    jobs = [shop.make_job(connection)["number"] for _ in range(2)]
    invoices = [shop.make_invoice(connection)["number"] for _ in range(2)]

    assert jobs == ["1001", "1002"]
    assert invoices == ["1001", "1002"]


def test_a_number_given_by_hand_is_stepped_over(connection):
    shop.make_job(connection, number="1001")
    shop.make_invoice(connection, number="1001")

    assert shop.make_job(connection)["number"] == "1002"
    assert shop.make_invoice(connection)["number"] == "1002"


def test_tokens_are_long_and_differ(connection):
    tokens = [shop.make_customer(connection)["portal_token"] for _ in range(2)]
    tokens.append(shop.make_artwork(connection)["review_token"])
    tokens.append(shop.make_invoice(connection)["pay_token"])

    assert len({*tokens}) == 4
    assert all(len(token) == 64 and token.isalnum() for token in tokens)


def test_an_email_of_staff_is_lower_case_however_it_was_written(connection):
    staff = shop.make_staff(connection, email=" Robin@Example.COM ")
    assert staff["email"] == "robin@example.com"

    with pytest.raises(psycopg.errors.UniqueViolation):
        shop.make_staff(connection, email="ROBIN@example.com")


def test_a_changed_job_says_when(connection):
    job = shop.make_job(connection)

    changed = shop.update(connection, "job", job["id"], title="Autumn shirts")

    assert changed["updated_at"] > job["updated_at"]


def test_there_is_one_shop(connection):
    with pytest.raises(psycopg.errors.UniqueViolation):
        shop.insert(connection, "shop", name="A second shop")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("timezone", "Mars/Olympus"),
        ("currency", "dollars"),
        ("delivery_mode", "wild"),
        ("dunning_weekdays", [1, 8]),
        ("grace_seconds", -1),
    ],
)
def test_a_shop_refuses_what_no_decision_could_read(connection, column, value):
    with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InvalidParameterValue)):
        shop.set_shop(connection, **{column: value})


@pytest.mark.parametrize(
    "values",
    [
        {"channel": "pigeon"},
        {"status": "lost"},
        {"reason": "because"},
        {"mode": "wild"},
    ],
)
def test_a_message_refuses_a_word_outside_the_closed_sets(connection, values):
    message = {
        "rule_key": "system_alert",
        "channel": "in_app",
        "status": "queued",
        "dedupe_key": "a",
        "send_after": "2026-03-02 00:00+00",
    }
    with pytest.raises(psycopg.errors.CheckViolation):
        shop.insert(connection, "message", **message | values)


def test_a_customer_gets_one_reminder_a_day_and_a_failed_one_leaves_room(connection):
    customer = shop.make_customer(connection)
    message = {
        "rule_key": "invoice_overdue_email",
        "channel": "email",
        "customer_id": customer["id"],
        "send_after": "2026-03-02 00:00+00",
        "dunning_on": "2026-03-02",
    }
    shop.insert(connection, "message", **message, status="failed", dedupe_key="a")
    shop.insert(connection, "message", **message, status="sent", dedupe_key="b")

    with pytest.raises(psycopg.errors.UniqueViolation):
        shop.insert(connection, "message", **message, status="sending", dedupe_key="c")


def test_a_date_event_happens_once_for_its_occasion(connection):
    invoice = shop.make_invoice(connection)
    event = {"type": "invoice.overdue", "subject_table": "invoice", "subject_id": invoice["id"]}
    shop.insert(connection, "event", **event, occasion="2026-03-02")
    shop.insert(connection, "event", **event, occasion="2026-04-02")

    with pytest.raises(psycopg.errors.UniqueViolation):
        shop.insert(connection, "event", **event, occasion="2026-03-02")


LOCKED = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_payments_of_several_invoices_wait_for_whoever_holds_one_and_hold_no_later_one(connection):
    owed = [shop.make_invoice(connection, status="sent")["id"] for _ in range(3)]
    # Where Postgres keeps it is now behind the others.
    shop.update(connection, "invoice", owed[0], po_number="PO-7")
    several = (
        "INSERT INTO payment (invoice_id, amount_cents, received_on) SELECT unnest(CAST(%s AS bigint[])), 100, now()"
    )

    def enter() -> None:
        with database.transaction() as own:
            own.execute(several, [owed[::-1]])

    with ThreadPoolExecutor(1) as beside:
        with database.transaction() as other:
            other.execute("SELECT FROM invoice WHERE id = %s FOR NO KEY UPDATE", owed[:1])
            entered = beside.submit(enter)
            assert until(lambda: connection.execute(LOCKED).fetchone() is not None, 10)
            free = other.execute("SELECT id FROM invoice ORDER BY id FOR NO KEY UPDATE SKIP LOCKED").fetchall()
        entered.result(10)

    assert [row["id"] for row in free] == owed
    paid = connection.execute("SELECT DISTINCT amount_paid_cents AS cents FROM invoice").fetchall()
    assert paid == [{"cents": 100}]
