"""The demo shop promises: every situation is in it, nobody is told of its past, and it never mixes with a real shop."""

from __future__ import annotations

from datetime import timedelta

import phonenumbers
import pytest

from engine import demo, demo_data
from engine.catalog.statuses import JOB_STATUSES
from engine.errors import Conflict
from engine.store import database
from engine.store.database import Connection
from tests.shop import make_customer

SAYS_LOADED = "the demo shop is loaded already; nothing changed"
RECORDS = (
    "shop", "closed_day", "staff", "customer", "job", "artwork", "shipment", "invoice", "payment", "lead",
    "reorder_request", "rule_override", "suppression", "event", "message", "audit_entry", "rule_setting",
)  # fmt: skip


def load(connection: Connection) -> str:
    with connection.transaction():
        return demo.load(connection, actor="command line", now=database.now(connection))


def all_rows(connection: Connection) -> dict[str, list[str]]:
    # Table names are our own, above.
    return {
        table: [row["r"] for row in connection.execute(f"SELECT r::text FROM {table} AS r ORDER BY r::text")]
        for table in RECORDS
    }


def values(connection: Connection, statement: str) -> list[object]:
    return [next(iter(row.values())) for row in connection.execute(statement)]


def test_forty_jobs_cover_every_status_and_every_way_of_delivery(connection: Connection) -> None:
    load(connection)

    assert len(values(connection, "SELECT id FROM job")) == 40
    assert set(values(connection, "SELECT status FROM job")) == {status.key for status in JOB_STATUSES}
    assert set(values(connection, "SELECT delivery_method FROM job")) == {"pickup", "ship", "deliver", None}


def test_invoices_are_in_every_state_that_a_message_can_speak_of(connection: Connection) -> None:
    load(connection)

    days = "SELECT (now() AT TIME ZONE timezone)::date - due_date FROM shop, invoice WHERE invoice.status = 'sent'"
    assert set(values(connection, "SELECT status FROM invoice")) == {"draft", "sent", "paid", "void"}
    assert {5, 35, 65, 95, -2} <= set(values(connection, days))
    assert values(connection, "SELECT id FROM invoice WHERE disputed")
    assert values(connection, "SELECT id FROM invoice WHERE status = 'sent' AND amount_paid_cents > 0")
    assert values(connection, "SELECT id FROM invoice WHERE status = 'paid' AND amount_paid_cents = 0")


def test_what_an_invoice_says_is_paid_is_what_its_payments_add_up_to(connection: Connection) -> None:
    load(connection)

    differing = """
        SELECT number FROM invoice LEFT JOIN payment ON invoice_id = invoice.id
        GROUP BY invoice.id HAVING amount_paid_cents <> COALESCE(sum(amount_cents), 0)
    """
    assert values(connection, differing) == []
    assert values(connection, "SELECT number FROM invoice WHERE status = 'paid' AND paid_at > now()") == []


def test_customers_bring_the_cases_that_go_wrong(connection: Connection) -> None:
    load(connection)

    assert len(values(connection, "SELECT id FROM customer")) == 15
    for case in (
        "email IS NULL",
        "messages_paused_until > now()",
        "sms_consent_at IS NULL",
        "phone !~ '[0-9]'",
        "billing_email IS NOT NULL AND cc_emails IS NOT NULL",
    ):
        assert values(connection, f"SELECT id FROM customer WHERE {case}"), case
    assert sorted(values(connection, "SELECT role FROM staff")) == ["admin"] * 2 + ["production"] * 2 + ["sales"] * 2


def test_its_addresses_and_numbers_belong_to_nobody_and_its_numbers_can_be_texted(connection: Connection) -> None:
    load(connection)

    emails = values(
        connection,
        """
        SELECT unnest(ARRAY[email, billing_email] || cc_emails) FROM customer UNION SELECT email FROM staff
        UNION SELECT email FROM lead UNION SELECT contact_email FROM job
        UNION SELECT unnest(ARRAY[email, reply_to, redirect_email, alert_email]) FROM shop
        """,
    )
    numbers = values(
        connection,
        """
        SELECT phone FROM customer UNION SELECT phone FROM lead UNION SELECT contact_phone FROM job
        UNION SELECT unnest(ARRAY[phone, redirect_phone, alert_phone]) FROM shop
        """,
    )
    dialled = [
        phonenumbers.parse(str(number), "US") for number in numbers if number and "front desk" not in str(number)
    ]
    assert all(str(email).endswith("@example.com") for email in emails if email)
    assert all(phonenumbers.is_valid_number(number) for number in dialled)
    assert all(10_000 <= number.national_number % 10_000_000 - 5_540_000 < 10_200 for number in dialled)


def test_nobody_is_told_of_its_past(connection: Connection) -> None:
    load(connection)

    assert values(connection, "SELECT id FROM event WHERE handled_at IS NULL") == []
    assert values(connection, "SELECT id FROM message") == []


def test_its_events_lie_where_they_belong_in_time(connection: Connection) -> None:
    load(connection)

    last_moves = """
        SELECT DISTINCT ON (job.id) payload ->> 'to' = job.status
        FROM event JOIN job ON job.id = subject_id
        WHERE type = 'job.status_changed' ORDER BY job.id, occurred_at DESC
    """
    assert set(values(connection, last_moves)) == {True}
    assert values(connection, "SELECT type FROM event WHERE occurred_at > now() - interval '6 hours'") == []


def test_a_change_made_after_loading_is_told_at_once(connection: Connection) -> None:
    load(connection)

    connection.execute("UPDATE job SET status = 'in_production' WHERE title = 'Wind vests'")

    waiting = values(connection, "SELECT payload ->> 'to' FROM event WHERE handled_at IS NULL")
    assert waiting == ["in_production"]
    assert values(connection, "SELECT grace_seconds FROM shop") == [0]


def test_loading_twice_changes_nothing_and_says_so(connection: Connection) -> None:
    first = load(connection)
    before = all_rows(connection)

    second = load(connection)

    assert "grace_seconds is 0" in first
    assert second == SAYS_LOADED
    assert all_rows(connection) == before


def test_a_shop_with_customers_of_its_own_is_left_alone(connection: Connection) -> None:
    make_customer(connection)
    before = all_rows(connection)

    with pytest.raises(Conflict, match="1 customer and 0 jobs that are not the demo's"):
        load(connection)

    assert all_rows(connection) == before


def test_people_who_were_there_before_stay_as_they_are(connection: Connection) -> None:
    connection.execute("INSERT INTO staff (name, email, role) VALUES ('June', 'june@example.com', 'sales')")

    load(connection)

    assert values(connection, "SELECT name FROM staff WHERE email = 'june@example.com'") == ["June"]


@pytest.mark.parametrize("job", demo_data.JOBS, ids=lambda job: job.title)
def test_a_job_went_the_way_that_its_proofs_tell(job: demo_data.Job) -> None:
    path = demo.history(job)

    assert path[-1] == job.status
    assert path.count("art_approval_sent") == len(job.proofs)
    assert path.count("art_revision_requested") == len([p for p in job.proofs if p not in ("sent", "approved")])


@pytest.mark.parametrize("invoice", [invoice for job in demo_data.JOBS for invoice in job.invoices])
def test_no_payment_is_older_than_its_invoice(invoice: demo_data.Invoice) -> None:
    assert all(payment.ago <= invoice.ago for payment in invoice.payments)
    assert invoice.due is None or timedelta(days=invoice.due) > timedelta(days=-invoice.ago)
