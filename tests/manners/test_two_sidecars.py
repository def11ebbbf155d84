"""Two sidecars at once do the work of one: nothing twice, nothing forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time

from engine.catalog.dunning import REMINDERS
from sidecar import passes
from tests import desk, shop

THURSDAY = datetime(2026, 3, 5, 16, tzinfo=UTC)


def together(now, times=2):
    with ThreadPoolExecutor(times) as sidecars:
        return [run.result() for run in [sidecars.submit(passes.once, now) for _ in range(times)]]


def test_each_customer_hears_everything_once(connection):
    desk.open_shop(connection, surge_limit=0)
    for _ in range(20):
        job = shop.make_job(connection, source="customer")
        shop.move_job(connection, job, "in_production")

    together(desk.NOW)
    passes.once(desk.NOW)

    emails = desk.messages(connection, channel="email")
    assert len(emails) == 40
    assert {row["status"] for row in emails} == {"sent"}


def test_a_customer_with_many_debts_gets_one_reminder(connection):
    desk.open_shop(connection)
    desk.only(connection, *(rule.key for rule in REMINDERS))
    entered = datetime(2026, 1, 5, 15, tzinfo=UTC)
    customer = shop.make_customer(connection)["id"]
    for day in (2, 3, 4):
        shop.make_invoice(
            connection,
            customer_id=customer,
            status="sent",
            due_date=date(2026, 3, day),
            sent_at=entered,
            created_at=entered,
        )

    together(THURSDAY)
    passes.once(THURSDAY)

    assert sorted(row["reason"] or row["status"] for row in desk.messages(connection)) == ["covered", "covered", "sent"]


def test_a_hundred_runs_over_an_unchanged_shop_produce_nothing_new(connection):
    desk.open_shop(connection, sms_from=time(9), sms_until=time(20))
    job = shop.make_job(connection, source="customer")
    shop.move_job(connection, job, "in_production")
    shop.make_invoice(connection, job_id=job["id"], status="sent", due_date=date(2026, 3, 3))
    passes.once(THURSDAY)
    before = desk.messages(connection)

    done = sum((passes.once(THURSDAY) for _ in range(100)), start=passes.once(THURSDAY))

    assert done == {}
    assert desk.messages(connection) == before
