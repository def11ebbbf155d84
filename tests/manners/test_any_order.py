"""Whatever happens in whatever order, nobody is told twice, chased after paying, or written to at night."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.catalog.dunning import REMINDERS
from engine.catalog.statuses import JOB_STATUSES
from sidecar import passes
from tests import desk, shop

START = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
REMINDER_KEYS = [rule.key for rule in REMINDERS]

moves = st.tuples(st.just("move"), st.sampled_from([status.key for status in JOB_STATUSES]))
steps = st.one_of(
    moves,
    moves,
    st.tuples(st.just("proof"), st.sampled_from(["sent", "declined", "approved"])),
    st.tuples(st.just("ship"), st.integers(1, 3)),
    st.tuples(st.just("invoice"), st.integers(-3, 20)),
    st.tuples(st.just("pay"), st.sampled_from([1, 500, 1_000])),
    st.tuples(st.just("dispute"), st.booleans()),
    st.tuples(st.just("pause customer"), st.integers(-1, 5)),
    st.tuples(st.just("pause job"), st.booleans()),
    st.tuples(st.just("toggle"), st.sampled_from(["status_change_email", "invoice_30day_escalation"])),
    st.tuples(st.just("wait"), st.sampled_from([1, 60, 300, 3_600, 86_400, 10 * 86_400, 31 * 86_400])),
    st.tuples(st.just("run"), st.just(0)),
)


class Story:
    """One customer with one job, to whom things happen while the clock goes on."""

    def __init__(self, connection, sidecars):
        self.connection = connection
        self.sidecars = sidecars
        self.now = START
        self.customer = shop.make_customer(connection)["id"]
        self.job = shop.make_job(connection, customer_id=self.customer)
        self.invoices = []
        self.paid_at = {}

    def step(self, kind, value):
        connection, job = self.connection, self.job["id"]
        match kind:
            case "move":
                shop.update(connection, "job", job, status=value)
            case "proof":
                shop.make_artwork(connection, job_id=job, status=value)
            case "ship":
                for _ in range(value):
                    shop.make_shipment(connection, job_id=job)
            case "invoice":
                self.invoices.append(self._invoice(value))
            case "pay" if self.invoices:
                self._pay(self.invoices[-1], value)
            case "dispute" if self.invoices:
                shop.update(connection, "invoice", self.invoices[-1], disputed=value)
            case "pause customer":
                until = self.now + timedelta(days=value)
                shop.update(connection, "customer", self.customer, messages_paused_until=until)
            case "pause job":
                shop.update(connection, "job", job, messages_paused=value)
            case "toggle":
                connection.execute("UPDATE rule_setting SET enabled = NOT enabled WHERE rule_key = %s", [value])
            case "wait":
                self.now += timedelta(seconds=value)
            case "run":
                self.run(self.now)

    def run(self, now):
        with ThreadPoolExecutor(self.sidecars) as running:
            for done in [running.submit(passes.once, now) for _ in range(self.sidecars)]:
                done.result()

    def _invoice(self, days):
        due = self.now.astimezone(NEW_YORK).date() + timedelta(days=days)
        return shop.make_invoice(
            self.connection,
            customer_id=self.customer,
            job_id=self.job["id"],
            status="sent",
            total_cents=1_000,
            due_date=due,
            sent_at=self.now,
            created_at=self.now,
        )["id"]

    def _pay(self, invoice, cents):
        shop.make_payment(self.connection, invoice_id=invoice, amount_cents=cents, created_at=self.now)
        row = self.connection.execute("SELECT status FROM invoice WHERE id = %s", [invoice]).fetchone()
        if row["status"] == "paid":
            self.paid_at.setdefault(invoice, self.now)

    def settle_down(self):
        """Every day for a fortnight, in office hours."""
        for _ in range(14):
            self.now += timedelta(days=1)
            for hour in (11, 17):
                self.run(datetime.combine(self.now.astimezone(NEW_YORK).date(), time(hour), NEW_YORK))

    def messages(self):
        return desk.messages(self.connection, customer_id=self.customer)


@pytest.fixture
def story(connection):
    desk.open_shop(
        connection,
        grace_seconds=120,
        surge_limit=0,
        sms_from=time(9),
        sms_until=time(20),
        dunning_from=time(9),
        dunning_until=time(16),
    )
    connection.execute("UPDATE rule_setting SET enabled = true, enabled_at = '2020-01-01Z'")
    return lambda sidecars: Story(connection, sidecars)


@pytest.mark.parametrize("sidecars", [1, 2])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=st.lists(steps, min_size=3, max_size=14))
def test_the_promises_hold_for_any_order_of_events(story, sidecars, happenings):
    told = story(sidecars)

    for kind, value in happenings:
        told.step(kind, value)
    told.settle_down()

    rows = told.messages()
    sent = [row for row in rows if row["sent_at"]]
    reminders = [row for row in sent if row["rule_key"] in REMINDER_KEYS]
    assert no_dedupe_key_twice(rows)
    assert nothing_is_lost(rows, told.now)
    assert not [row for row in reminders if chased_after_paying(told, row)]
    assert len({day(row) for row in reminders}) == len(reminders)
    assert all(in_hours(row) for row in sent)
    assert all(row["reason"] for row in rows if row["status"] not in ("queued", "sent", "delivered"))


def no_dedupe_key_twice(rows):
    return len({row["dedupe_key"] for row in rows}) == len(rows)


def nothing_is_lost(rows, now):
    """What still waits is there for a reason: held for a person, or not due yet."""
    return not [r for r in rows if r["status"] == "sending"] and not [
        r for r in rows if r["status"] == "queued" and (r["try_after"] or r["send_after"]) < now - timedelta(days=1)
    ]


def chased_after_paying(story, row):
    event = story.connection.execute("SELECT subject_id FROM event WHERE id = %s", [row["event_id"]]).fetchone()
    paid = story.paid_at.get(event["subject_id"])
    return paid is not None and row["sent_at"] > paid


def day(row) -> date:
    return row["sent_at"].astimezone(NEW_YORK).date()


def in_hours(row):
    at = row["sent_at"].astimezone(NEW_YORK)
    if row["rule_key"] in REMINDER_KEYS:
        return at.isoweekday() <= 5 and 9 <= at.hour < 16
    return row["channel"] != "sms" or 9 <= at.hour < 20
