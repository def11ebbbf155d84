"""A correction is one: nobody is told of it, it says who made it, and what is settled stays."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine import access, closed_days, enquiries, invoices, job_entry
from engine.errors import Conflict, InkbellError, NotAllowed
from engine.store import database
from tests import desk, shop

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def did(write: Any, *given: Any, **more: Any) -> Any:
    with database.transaction() as own:
        return write(own, *given, **{"actor": access.LOCAL, "now": NOW, **more})


def audited(connection: shop.Connection, action: str) -> list[tuple[Any, Any]]:
    rows = connection.execute("SELECT before, after FROM audit_entry WHERE action = %s ORDER BY id", [action])
    return [(row["before"], row["after"]) for row in rows]


def test_a_job_is_corrected_without_a_word_to_anybody(connection: shop.Connection) -> None:
    rep = shop.make_staff(connection, role="sales")
    job = shop.make_job(connection, title="Caps", quantity=10, due_date=date(2026, 3, 9))

    changed = did(
        job_entry.change,
        job["id"],
        {"title": "Green caps", "quantity": 12, "contact_email": " ann@example.com ", "sales_rep_id": rep["id"]},
    )

    row = connection.execute("SELECT * FROM job").fetchone()
    assert row is not None
    assert set(changed) == {"title", "quantity", "contact_email", "sales_rep_id"}
    assert (row["title"], row["quantity"], row["due_date"]) == ("Green caps", 12, date(2026, 3, 9))
    assert row["contact_email"] == "ann@example.com"
    assert shop.events(connection) == []
    assert audited(connection, "job.changed")[0][0]["title"] == "Caps"


def test_the_same_again_changes_nothing(connection: shop.Connection) -> None:
    job = shop.make_job(connection, title="Caps")

    assert did(job_entry.change, job["id"], {"title": "Caps"}) == []
    assert audited(connection, "job.changed") == []


@pytest.mark.parametrize("wrong", [{"title": " "}, {"quantity": -1}, {"contact_email": "ann"}, {"contact_phone": "1"}])
def test_what_a_job_cannot_have_is_named(connection: shop.Connection, wrong: dict[str, Any]) -> None:
    job = shop.make_job(connection)

    with pytest.raises(InkbellError):
        did(job_entry.change, job["id"], wrong)


def test_a_draft_can_be_corrected_and_the_total_of_a_sent_invoice_stands(connection: shop.Connection) -> None:
    draft = shop.make_invoice(connection, total_cents=5_000)
    sent = shop.make_invoice(connection, status="sent", total_cents=5_000, due_date=date(2026, 3, 9))
    given = {"due_date": date(2026, 4, 1), "po_number": "PO-7"}

    assert set(did(invoices.change, draft["id"], {"total_cents": 6_000, **given})) == {
        "total_cents", "due_date", "po_number"
    }  # fmt: skip
    assert set(did(invoices.change, sent["id"], {"total_cents": 5_000, **given})) == {"due_date", "po_number"}
    with pytest.raises(Conflict, match="its total stands"):
        did(invoices.change, sent["id"], {"total_cents": 6_000, **given})


def test_a_paid_invoice_is_left_as_it_is(connection: shop.Connection) -> None:
    paid = shop.make_invoice(connection, status="paid")

    with pytest.raises(Conflict, match="paid already"):
        did(invoices.change, paid["id"], {"total_cents": 1, "due_date": None, "po_number": ""})


def test_a_holiday_is_entered_once_and_reminders_know_it(connection: shop.Connection) -> None:
    new = did(closed_days.add, date(2026, 3, 2), date(2026, 3, 4), "Move")
    again = did(closed_days.add, date(2026, 3, 4), date(2026, 3, 5), "")
    with database.transaction() as own:
        coming = closed_days.coming(own, NOW)
    did(closed_days.open_again, coming[0].id)

    days = [row["day"] for row in connection.execute("SELECT day FROM closed_day ORDER BY day")]
    assert (new, again) == (3, 1)
    assert [one.label for one in coming] == ["Move", "Move", "Move", None]
    assert days == [date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)]
    assert len(audited(connection, "closed_day.added")) == 4


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 3, 3), date(2026, 3, 2)), (date(2026, 3, 1), date(2026, 6, 1))]
)
def test_days_that_nobody_can_mean_are_refused(database_url: str, first: date, last: date) -> None:
    with pytest.raises(InkbellError, match="within a month"):
        did(closed_days.add, first, last, "")


@pytest.mark.parametrize("kind", ["lead", "reorder"])
def test_what_somebody_looked_after_says_who_and_can_be_opened_again(connection: shop.Connection, kind: Any) -> None:
    june = shop.make_staff(connection, name="June Okafor", role="sales")["id"]
    made = {"lead": shop.make_lead, "reorder": shop.make_reorder_request}[kind](connection)
    table = {"lead": "lead", "reorder": "reorder_request"}[kind]

    first = did(enquiries.handle, kind, made["id"], True, actor=june)
    twice = did(enquiries.handle, kind, made["id"], True)
    row = connection.execute(f"SELECT handled_at, handled_by FROM {table}").fetchone()
    opened = did(enquiries.handle, kind, made["id"], False)

    assert (first, twice, opened) == (True, False, True)
    assert row == {"handled_at": NOW, "handled_by": "June Okafor"}


def test_production_corrects_nothing(connection: shop.Connection) -> None:
    actor = shop.make_staff(connection, role="production")["id"]
    job, invoice, lead = shop.make_job(connection), shop.make_invoice(connection), shop.make_lead(connection)

    for write, given, more in (
        (job_entry.change, [job["id"], {"title": "x"}], {}),
        (invoices.change, [invoice["id"], {"total_cents": 1, "due_date": None, "po_number": ""}], {}),
        (closed_days.add, [date(2026, 3, 2), date(2026, 3, 2), ""], {}),
        (enquiries.handle, ["lead", lead["id"], True], {}),
    ):
        with pytest.raises(NotAllowed):
            did(write, *given, actor=actor, **more)


def test_a_payment_without_a_receipt_is_recorded_as_quiet(connection: shop.Connection) -> None:
    from engine.decide import run as deciding
    from engine.payments import record_payment

    desk.open_shop(connection)
    invoice = shop.make_invoice(connection, status="sent", total_cents=5_000)
    deciding.decide_all(NOW)

    with database.transaction() as own:
        record_payment(own, invoice["id"], 5_000, "check", None, date(2026, 3, 2), access.LOCAL, NOW, "customers")
    deciding.decide_all(NOW)

    row = desk.message(connection, "invoice_paid_email")
    assert (row["status"], row["reason"]) == ("skipped", "quiet")
