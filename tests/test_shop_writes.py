"""What staff enter by hand promises: the role is checked where the row is written, and the event has their name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine import access, artworks, customers, enquiries, first_steps, invoices, job_entry, shipments
from engine.errors import Conflict, InkbellError, NotAllowed, NotConnected
from engine.store import database, queries
from tests import shop

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": access.LOCAL, "now": NOW}


def did(write: Callable[..., Any], *given: Any, **more: Any) -> Any:
    with database.transaction() as own:
        return write(own, *given, **{**WHO, **more})


def types(connection: shop.Connection) -> list[str]:
    return [row["type"] for row in connection.execute("SELECT type FROM event ORDER BY id")]


def row_of(connection: shop.Connection, table: str, **where: Any) -> dict[str, Any]:
    found = connection.execute(f"SELECT * FROM {table} WHERE id = %(id)s", where).fetchone()
    assert found is not None
    return found


@pytest.mark.parametrize(("ordered", "told"), [(True, ["order.received"]), (False, [])])
def test_a_job_is_confirmed_only_when_the_customer_ordered_it(
    connection: shop.Connection, ordered: bool, told: list[str]
) -> None:
    customer = shop.make_customer(connection)

    did(job_entry.create, job_entry.Order(customer["id"], "Caps", ordered_by_customer=ordered))

    assert types(connection) == told


def test_production_enters_parcels_and_nothing_else(connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="bagging")
    invoice = shop.make_invoice(connection)
    actor = shop.make_staff(connection, role="production")["id"]

    did(shipments.add, [shipments.Parcel(job["number"], "UPS", "1Z1")], actor=actor)

    for write, given in (
        (job_entry.create, [job_entry.Order(job["customer_id"], "Caps")]),
        (customers.create, [{"name": "Ann"}]),
        (customers.pause, [job["customer_id"], NOW]),
        (invoices.send, [invoice["id"]]),
    ):
        with pytest.raises(NotAllowed):
            did(write, *given, actor=actor)
    with pytest.raises(NotAllowed):
        did(artworks.send, job["id"], image_url="", actor=actor)
    assert types(connection) == ["job.tracking_added"]


def test_a_proof_that_is_sent_moves_the_job_to_its_approval(connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_requested")

    first = did(artworks.send, job["id"], image_url="https://files.example.com/1.png")
    second = did(artworks.send, job["id"], image_url="")

    assert (first, second) == (1, 2)
    assert row_of(connection, "job", id=job["id"])["status"] == "art_approval_sent"
    assert types(connection) == ["job.status_changed", "artwork.resubmitted"]


def test_a_proof_is_decided_once_by_name_and_declined_with_a_reason(connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_approval_sent")
    proof = shop.make_artwork(connection, job_id=job["id"])

    with pytest.raises(InkbellError, match="needs a reason"):
        did(artworks.decline, job["id"], 1, by="Maya", reason=" ")
    did(artworks.decline, job["id"], 1, by="Maya", reason="Wrong blue")
    with pytest.raises(Conflict):
        did(artworks.approve, job["id"], 1, by="Maya", note="")

    kept = row_of(connection, "artwork", id=proof["id"])
    assert (kept["status"], kept["decided_via"], kept["decline_reason"]) == ("declined", "staff", "Wrong blue")
    assert row_of(connection, "job", id=job["id"])["status"] == "art_revision_requested"


def test_an_approval_by_phone_moves_the_job_on(connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_approval_sent")
    shop.make_artwork(connection, job_id=job["id"])

    did(artworks.approve, job["id"], 1, by="Maya", note="by phone")

    assert row_of(connection, "job", id=job["id"])["status"] == "art_approved"


def test_pasted_numbers_are_read_with_or_without_a_carrier() -> None:
    text = "1042, FedEx Ground 771234567890\n#1043\t1Z999AA10123456784\n\n1044\n1045 soon"

    parcels, unread = shipments.read(text)

    assert parcels == (
        shipments.Parcel("1042", "FedEx", "771234567890"),
        shipments.Parcel("1043", "UPS", "1Z999AA10123456784"),
    )
    assert [line.line for line in unread] == [4, 5]


@pytest.mark.parametrize(
    ("line", "carrier", "number"),
    [
        ("1042 UPS 1Z 999 AA1 01 2345 6784", "UPS", "1Z999AA10123456784"),
        ("1042 1Z 999 AA1 01 2345 6784", "UPS", "1Z999AA10123456784"),
        ("1042 USPS 9400 1118 9922 3197 4284 90", "USPS", "9400111899223197428490"),
        ("1042 2Go 771234567890", "2Go", "771234567890"),
    ],
)
def test_a_number_in_pieces_is_one_number(line: str, carrier: str, number: str) -> None:
    assert shipments.read(line) == ((shipments.Parcel("1042", carrier, number),), ())


@pytest.mark.parametrize(
    "line", ["1042 UPS 1Z999AA10123456784 1Z999AA10123456785", "1042 UPS 1Z999AA10123456784 11/30", "1042 RR 1 785 US"]
)
def test_a_line_that_says_more_than_a_number_is_not_guessed_at(line: str) -> None:
    parcels, (unread,) = shipments.read(line)

    assert not parcels
    assert "one tracking number a line" in unread.problem


def test_three_parcels_of_one_job_are_one_event_and_a_known_number_is_none(connection: shop.Connection) -> None:
    job = shop.make_job(connection)
    parcels, _ = shipments.read("1Z1\n1Z2\n1Z3", job["number"])

    added = did(shipments.add, parcels)
    again = did(shipments.add, parcels)

    assert added == {job["number"]: 3}
    assert not again
    assert types(connection) == ["job.tracking_added"]


def test_parcels_of_a_job_that_is_not_there_are_refused_as_a_whole(connection: shop.Connection) -> None:
    job = shop.make_job(connection)

    with pytest.raises(InkbellError, match="no job '9999'"):
        did(shipments.add, [shipments.Parcel(job["number"], None, "1"), shipments.Parcel("9999", None, "2")])

    assert types(connection) == []


def test_an_invoice_goes_from_draft_to_sent_once(connection: shop.Connection) -> None:
    job = shop.make_job(connection)
    made = did(invoices.create, job_id=job["id"], total_cents=48_250, due_date=date(2026, 12, 1))

    did(invoices.send, made)
    with pytest.raises(Conflict, match="sent already"):
        did(invoices.send, made)

    assert row_of(connection, "invoice", id=made)["sent_at"] == NOW
    assert types(connection) == ["invoice.sent"]


def test_nobody_is_asked_to_pay_what_their_bank_is_paying(
    connection: shop.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_of_nobody")
    invoice = shop.make_invoice(connection, status="sent", payment_pending_at=NOW)

    with pytest.raises(Conflict, match=r"a bank payment for invoice .+ is on its way"):
        did(invoices.request_payment_link, invoice["id"])

    assert types(connection) == ["invoice.sent"]


def test_what_somebody_did_not_see_is_not_sent(connection: shop.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_of_nobody")
    made = shop.make_invoice(connection, total_cents=5_000)
    draft = invoices.find(connection, made["id"], NOW)

    did(invoices.change, made["id"], {"total_cents": 50_000})
    with pytest.raises(Conflict, match="has been changed meanwhile"):
        did(invoices.send, made["id"], seen=draft)
    did(invoices.send, made["id"])
    sent = invoices.find(connection, made["id"], NOW)
    did(invoices.request_payment_link, made["id"], seen=sent)
    with pytest.raises(Conflict, match="has been asked for meanwhile"):
        did(invoices.request_payment_link, made["id"], seen=sent)

    assert types(connection) == ["invoice.sent", "invoice.payment_link_requested"]


def test_a_dispute_and_a_pause_are_kept_with_who_noted_them(connection: shop.Connection) -> None:
    invoice = shop.make_invoice(connection, status="sent")

    did(invoices.dispute, invoice["id"], True)
    did(invoices.pause_reminders, invoice["id"], NOW)

    kept = row_of(connection, "invoice", id=invoice["id"])
    assert (kept["disputed"], kept["reminders_paused_until"]) == (True, NOW)
    actions = [row["action"] for row in connection.execute("SELECT action FROM audit_entry ORDER BY id")]
    assert actions == ["invoice.dispute", "invoice.pause"]


@pytest.mark.parametrize("total", [48_250, 30_000])
def test_an_invoice_that_its_deposit_covers_is_paid_when_it_is_sent(connection: shop.Connection, total: int) -> None:
    invoice = shop.make_invoice(connection, total_cents=0)
    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=48_250)
    did(invoices.change, invoice["id"], {"total_cents": total})

    did(invoices.send, invoice["id"])

    sent = row_of(connection, "invoice", id=invoice["id"])
    assert (sent["status"], sent["sent_at"], sent["paid_at"]) == ("paid", NOW, NOW)
    assert types(connection) == ["invoice.paid"]


def test_a_payment_link_needs_stripe(connection: shop.Connection) -> None:
    invoice = shop.make_invoice(connection, status="sent")

    with pytest.raises(NotConnected, match="Settings"):
        did(invoices.request_payment_link, invoice["id"])


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("482.50", 48_250), ("$1,234.5", 123_450), ("12,50", 1_250), ("12,5", 1_250), ("1,234", 123_400), ("0", 0),
        (" $.50 ", 50), ("Rs. 500", 50_000), ("kr. 482,50", 48_250), ("500 kr.", 50_000), ("1'234.50", 123_450),
        ("1 234,50 €", 123_450), ("1,23,456.00", 12_345_600), ("US$ 7.", 700),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_type_them(typed: str, cents: int) -> None:
    assert invoices.cents(typed, "USD") == cents


@pytest.mark.parametrize(
    "typed",
    [
        "", "free", "1.234", "-5", "1.2.3", "9" * 30, "(482.50)", "482.50-", "\u22125", "1E+05", "1e5", "2 x 100",
        "12 50", "1234,567", "0,500", "1,234,50", ".", "$",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(InkbellError, match="is no amount"):
        invoices.cents(typed, "USD")


@pytest.mark.parametrize(("currency", "like"), [("JPY", "48250"), ("KWD", "48.250")])
def test_an_amount_is_refused_with_one_that_its_currency_has(currency: str, like: str) -> None:
    with pytest.raises(InkbellError, match=f"write it like {like}$"):
        invoices.cents("free", currency)

    assert invoices.cents(like, currency) == 48_250


def test_a_comma_before_three_digits_is_no_sum_where_money_has_thousandths() -> None:
    assert [invoices.cents(typed, "TND") for typed in ("12,5", "12.500", "1,250.000")] == [12_500, 12_500, 1_250_000]
    with pytest.raises(InkbellError, match="is no amount"):
        invoices.cents("12,500", "TND")


def test_a_customer_is_changed_column_by_column_and_consent_keeps_its_day(connection: shop.Connection) -> None:
    customer = shop.make_customer(connection, sms_consent_at="2026-01-05T12:00Z")

    changed = did(customers.change, customer["id"], {"company": " Bay Street ", "texts_allowed": True})

    assert changed == ["company"]


@pytest.mark.parametrize(
    "values", [{"name": " "}, {"email": "nowhere"}, {"phone": "12"}, {"cc_emails": "a@example.com, b"}]
)
def test_what_can_t_be_reached_is_not_kept(connection: shop.Connection, values: dict[str, Any]) -> None:
    with pytest.raises(InkbellError):
        did(customers.create, {"name": "Ann", **values})


def test_a_stop_is_seen_at_a_number_that_is_written_with_letters(connection: shop.Connection) -> None:
    customer = shop.make_customer(connection, phone="212-JKL-0123")
    shop.insert(connection, "suppression", channel="sms", address="+12125550123", reason="opted_out", since="today")

    with database.transaction() as own:
        found = customers.find(own, customer["id"])

    assert found is not None
    assert [one.address for one in found.suppressed] == ["+12125550123"]


def test_a_rule_is_switched_off_for_one_customer_and_on_again(connection: shop.Connection) -> None:
    customer = shop.make_customer(connection)
    key = "job_complete_email"

    did(customers.switch_off, customer["id"], key, until=None, reason="calls instead")
    with database.transaction() as own:
        off = customers.find(own, customer["id"])
    did(customers.switch_on, customer["id"], key)
    with database.transaction() as own:
        on = customers.find(own, customer["id"])

    assert off is not None
    assert on is not None
    assert [(each.rule_key, each.reason) for each in off.overrides] == [(key, "calls instead")]
    assert on.overrides == ()


def test_a_pause_and_a_rule_that_is_off_say_what_was_before(connection: shop.Connection) -> None:
    job = shop.make_job(connection)
    customer = {"rule_key": "job_complete_email", "until": None}

    did(job_entry.pause, job["id"], True)
    did(customers.switch_off, job["customer_id"], reason="calls", **customer)
    did(customers.switch_off, job["customer_id"], reason="on holiday", **customer)

    rows = connection.execute("SELECT action, before FROM audit_entry ORDER BY id").fetchall()
    assert [(row["action"], row["before"]) for row in rows] == [
        ("job.paused", {"messages_paused": False}),
        ("customer.rule_off", None),
        ("customer.rule_off", customer | {"reason": "calls"}),
    ]


def test_a_lead_and_a_reorder_by_phone_tell_the_admins(connection: shop.Connection) -> None:
    job = shop.make_job(connection)

    did(enquiries.add_lead, name="Jo", email="", phone="212 555 0123", company="", message="Caps?")
    did(enquiries.add_reorder, job_number=f"#{job['number']}", quantity=48, note="")

    assert types(connection) == ["lead.created", "reorder.requested"]


def test_for_a_page_of_leads_all_customers_are_gone_through_once(connection: shop.Connection) -> None:
    connection.execute(
        "INSERT INTO customer (name, phone) SELECT 'Customer', '(212) 555-' || n FROM generate_series(1000, 2999) AS n"
    )
    connection.execute(
        "INSERT INTO lead (name, phone) SELECT 'Jo', '312 555 ' || n FROM generate_series(1000, 1039) AS n"
    )
    connection.execute("ANALYZE customer, lead")
    explain = queries.sql.SQL("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, FORMAT JSON) ") + enquiries.sql.leads

    [row] = connection.execute(explain, {"id": None, "limit": enquiries.PER_PAGE, "offset": 0}).fetchall()

    looks = [scan["Actual Loops"] for scan in scans(row["QUERY PLAN"][0]["Plan"]) if scan.get("Alias") == "customer"]
    assert looks == [1]


def scans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(found for part in plan.get("Plans", ()) for found in scans(part))]


def test_the_first_steps_tick_themselves_where_they_can(connection: shop.Connection) -> None:
    with database.transaction() as own:
        before = first_steps.read(own, NOW)
    shop.set_shop(connection, name="Bay Street Print", email="orders@example.com")
    shop.make_invoice(connection, status="sent", due_date=date(2026, 10, 1))
    shop.make_customer(connection, name="Ann", email=None, phone="(212) 555-0123")
    did(first_steps.tick, "others", True)

    with database.transaction() as own:
        after = first_steps.read(own, NOW)
        old, reach = first_steps.old(own, NOW), first_steps.reach(own)

    assert not any(before.done.values())
    assert [key for key, done in after.done.items() if done] == ["profile", "reach", "others"]
    assert (old.invoices, old.debts) == (1, 1)
    assert [names for _, names in reach.sharing] == [("Ann", "Maya Ortiz")]
    did(first_steps.tick, "others", False)
    with database.transaction() as own:
        assert "others" not in first_steps.read(own, NOW).ticks
