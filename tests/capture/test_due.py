"""Due dates are recorded when they are due and not yet recorded, in the shop's days, however often one looks."""

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.capture import due
from engine.decide.run import decide_all
from tests import desk, shop

DUE = date(2026, 3, 31)


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def days_after(days: int) -> datetime:
    return at(DUE + timedelta(days=days), 16)


def recorded(connection) -> list[str]:
    return [e["type"].removeprefix("invoice.") for e in shop.events(connection) if e["occasion"]]


@pytest.fixture
def invoice(connection):
    return shop.make_invoice(connection, status="sent", due_date=DUE)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-4, []),
        (-3, ["due_soon"]),
        (0, ["due_soon"]),
        (1, ["overdue"]),
        (29, ["overdue"]),
        (30, ["overdue", "overdue_30"]),
        (60, ["overdue", "overdue_30", "overdue_60"]),
        (400, ["overdue", "overdue_30", "overdue_60", "overdue_90"]),
    ],
)
def test_each_threshold_is_recorded_from_its_first_day_on(connection, invoice, days, expected):
    due.scan(days_after(days))

    assert recorded(connection) == expected


def test_hundreds_of_scans_record_everything_once(connection, invoice):
    written = sum(due.scan(days_after(day)) for day in range(-10, 100))
    again = sum(due.scan(days_after(99)) for _ in range(100))

    assert (written, again) == (5, 0)


def test_the_option_days_before_says_how_soon_is_soon(connection, invoice):
    connection.execute(
        "UPDATE rule_setting SET options = '{\"days_before\": 10}' WHERE rule_key = 'payment_due_soon_email'"
    )

    due.scan(days_after(-10))

    assert recorded(connection) == ["due_soon"]


@pytest.mark.parametrize(
    ("options", "days"),
    [
        *((f'{{"days_before": {written}}}', 3) for written in ('"three"', "2.5", "null", "[1]", "true")),
        ('{"days_before": 3000000000}', 366),
        ('{"days_before": -4}', 0),
        ("[]", 3),
    ],
)
def test_days_before_that_are_no_number_of_days_stop_neither_the_scan_nor_a_decision(connection, options, days):
    desk.open_shop(connection)
    desk.only(connection, "payment_due_soon_email")
    connection.execute("UPDATE rule_setting SET options = %s", [options])
    for due_in in (days, days + 1):
        entered = {"sent_at": "2025-01-01Z", "created_at": "2024-01-01Z"}
        shop.make_invoice(connection, status="sent", due_date=DUE + timedelta(days=due_in), **entered)

    written = due.scan(at(DUE, 16))
    decided = decide_all(at(DUE, 16))

    assert (written, decided["failed"], len(desk.messages(connection))) == (1, 0, 1)


@pytest.mark.parametrize(("hour", "expected"), [(3, []), (5, ["overdue"])])
def test_the_day_changes_at_midnight_in_the_shop_and_not_in_utc(connection, hour, expected):
    # New York is four hours behind once summer time has begun.
    shop.make_invoice(connection, status="sent", due_date=DUE)

    due.scan(at(DUE + timedelta(days=1), hour))

    assert [one for one in recorded(connection) if one != "due_soon"] == expected


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        # Clocks go forward on 8 March 2026: the day has 23 hours, and it is still one day.
        ("America/New_York", datetime(2026, 3, 9, 3, 59, tzinfo=UTC), False),
        ("America/New_York", datetime(2026, 3, 9, 4, 0, tzinfo=UTC), True),
        ("Pacific/Kiritimati", datetime(2026, 3, 8, 10, 0, tzinfo=UTC), True),
    ],
)
def test_a_short_day_is_a_day(connection, zone, moment, expected):
    shop.set_shop(connection, timezone=zone)
    shop.make_invoice(connection, status="sent", due_date=date(2026, 3, 8))

    due.scan(moment)

    assert ("overdue" in recorded(connection)) is expected


@pytest.mark.parametrize(
    ("due_date", "thirty"), [(date(2026, 1, 31), date(2026, 3, 2)), (date(2028, 1, 30), date(2028, 2, 29))]
)
def test_thirty_days_are_counted_over_month_ends_and_leap_days(connection, due_date, thirty):
    shop.make_invoice(connection, status="sent", due_date=due_date)

    due.scan(at(thirty - timedelta(days=1)))
    before = recorded(connection)
    due.scan(at(thirty))

    assert "overdue_30" not in before
    assert "overdue_30" in recorded(connection)


@pytest.mark.parametrize("never", ["-infinity", "0044-03-15 BC"])
def test_a_due_date_before_every_calendar_is_none_and_stops_no_other(connection, invoice, never):
    other = shop.make_invoice(connection, status="sent")
    connection.execute("UPDATE invoice SET due_date = %s WHERE id = %s", [never, other["id"]])

    due.scan(days_after(1))

    assert recorded(connection) == ["overdue"]
    assert due.scan(days_after(1)) == 0


def test_a_due_date_moved_forward_begins_again_and_moved_back_repeats_nothing(connection, invoice):
    due.scan(days_after(31))
    shop.update(connection, "invoice", invoice["id"], due_date=DUE + timedelta(days=60))
    moved = due.scan(days_after(61))
    shop.update(connection, "invoice", invoice["id"], due_date=DUE)
    back = due.scan(days_after(59))

    assert moved == 1
    assert back == 0
    assert recorded(connection) == ["overdue", "overdue_30", "overdue"]


@pytest.mark.parametrize("change", [{"status": "void"}, {"status": "paid"}, {"amount_paid_cents": 48_250}])
def test_what_is_not_owed_any_more_is_not_recorded(connection, invoice, change):
    shop.update(connection, "invoice", invoice["id"], **change)

    assert due.scan(days_after(100)) == 0


def test_a_part_payment_leaves_the_rest_due(connection, invoice):
    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=100)

    assert due.scan(days_after(1)) == 1


def test_an_invoice_voided_and_sent_again_is_looked_at_again(connection, invoice):
    shop.update(connection, "invoice", invoice["id"], status="void")
    due.scan(days_after(5))
    shop.update(connection, "invoice", invoice["id"], status="sent")

    assert due.scan(days_after(5)) == 1


def test_the_scan_reads_only_the_invoices_that_cross_a_threshold(connection):
    customer = shop.make_customer(connection)["id"]
    # No trigger captures, watches or checks these one by one: that takes ten times as long as writing them.
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        "INSERT INTO invoice (customer_id, number, status, total_cents, due_date, pay_token)"
        " SELECT %s, 'bulk-' || n, 'sent', 100, date '2025-01-01' + n %% 300, repeat(md5(n::text), 2)"
        " FROM generate_series(1, 200000) AS n",
        [customer],
    )
    connection.execute(
        "INSERT INTO due_watch (invoice_id, next_on)"
        " SELECT id, CASE WHEN id % 20000 = 0 THEN date '2026-03-02' END FROM invoice"
    )
    connection.execute("ANALYZE due_watch, invoice")

    plan = "\n".join(
        str(row)
        for row in connection.execute(
            due.sql.overdue.as_string(connection).join(["EXPLAIN ", ""]), {"now": at(DUE), "most": due.BATCH}
        )
    )

    assert "due_watch_next" in plan
    assert "Seq Scan on invoice" not in plan
    assert "Seq Scan on due_watch" not in plan
