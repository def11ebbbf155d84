"""What people enter by hand: under a role, with a name, and never more than is due."""

from datetime import timedelta

import pytest

from engine import access, grace, payments, records
from engine.decide.run import decide_all
from engine.errors import Conflict, NotAllowed, NotPayable
from engine.store import database
from sidecar import passes
from tests import desk, shop


@pytest.fixture
def sales(connection):
    return shop.make_staff(connection, role="sales")["id"]


def test_a_check_in_full_pays_the_invoice(connection, record, sales, invoice, invoice_now):
    payment_id = record(48_250, sales, method=" check ", reference="No. 118")

    payment = connection.execute("SELECT * FROM payment").fetchone()
    assert (payment["id"], payment["method"], payment["reference"]) == (payment_id, "check", "No. 118")
    assert payment["recorded_by"] == f"staff:{sales}"
    assert (invoice_now()["status"], invoice_now()["paid_at"]) == ("paid", desk.NOW)
    assert shop.events(connection, type="invoice.paid")[0]["payload"]["actor"] == f"staff:{sales}"


def test_a_part_payment_leaves_the_rest_due(record, sales, invoice_now, connection):
    record(20_000, sales)

    assert (invoice_now()["status"], invoice_now()["amount_paid_cents"]) == ("sent", 20_000)
    assert shop.events(connection, type="invoice.paid") == []
    record(28_250, sales)
    assert invoice_now()["status"] == "paid"


def test_a_deposit_may_come_before_the_prices(connection, record, sales):
    draft = shop.make_invoice(connection, total_cents=0)

    record(10_000, sales, method="cash", id=draft["id"])

    row = connection.execute("SELECT * FROM invoice WHERE id = %s", [draft["id"]]).fetchone()
    assert (row["status"], row["amount_paid_cents"]) == ("draft", 10_000)


def test_every_entry_is_in_the_audit(connection, record, sales, invoice):
    record(20_000, sales, reference="No. 118")

    entry = connection.execute("SELECT * FROM audit_entry").fetchone()
    assert (entry["actor"], entry["action"]) == (f"staff:{sales}", "payment recorded")
    assert entry["subject"] == f"invoice:{invoice['id']}"
    assert entry["after"] == {
        "amount_cents": 20_000,
        "method": "check",
        "reference": "No. 118",
        "received_on": desk.NOW.date().isoformat(),
    }


@pytest.mark.parametrize(
    ("cents", "more", "words"),
    [
        (0, {}, r"\$0.00 is none"),
        (-500, {}, r"-\$5.00 is none"),
        (48_251, {}, r"\$482.51 is more than the \$482.50 that invoice"),
        (500, {"method": "  "}, "needs a method"),
        (500, {"received_on": desk.NOW.date() + timedelta(days=1)}, "is yet to come"),
        (500, {"id": 999_999}, "there is no invoice with the id 999999"),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_sentence(connection, record, sales, cents, more, words):
    with pytest.raises(NotPayable, match=words):
        record(cents, sales, **more)

    assert connection.execute("SELECT FROM payment").fetchone() is None


@pytest.mark.parametrize("status", ["paid", "void"])
def test_a_closed_invoice_takes_no_payment(connection, record, sales, status):
    closed = shop.make_invoice(connection, status=status)

    with pytest.raises(NotPayable, match=f"is {status}"):
        record(500, sales, id=closed["id"])


def test_production_enters_no_money(connection, record):
    with pytest.raises(NotAllowed, match="ask an admin or a sales person"):
        record(500, shop.make_staff(connection, role="production")["id"])


def test_on_the_shops_own_machine_the_local_admin_may(record, invoice_now):
    record(500, access.LOCAL)

    assert invoice_now()["amount_paid_cents"] == 500


@pytest.fixture
def take_back(sales):
    def taken(payment_id):
        with database.transaction() as connection:
            payments.take_back(connection, payment_id, actor=sales, now=desk.NOW)

    return taken


def test_a_payment_taken_back_is_due_again_and_nobody_hears_of_it(connection, record, sales, take_back, invoice_now):
    decide_all(desk.NOW)
    record(20_000, sales)
    slip = record(28_250, sales)

    take_back(slip)
    decide_all(desk.NOW)

    assert invoice_now() | {"status": "sent", "amount_paid_cents": 20_000, "paid_at": None} == invoice_now()
    assert [row["amount_cents"] for row in connection.execute("SELECT amount_cents FROM payment")] == [20_000]
    assert desk.fates(connection, "invoice_sent_email") == [("queued", None), ("skipped", "quiet")]
    with database.transaction() as own:
        spoken_of = grace.recent(own, sales, desk.NOW)
        told = records.timeline(own, records.read(own, "invoice", invoice_now()["number"]), lambda cents, _: str(cents))
    assert [(deed.type, deed.due_again) for deed in spoken_of] == [("invoice.sent", True)]
    assert "due again" in told[0].text
    entry = connection.execute("SELECT * FROM audit_entry ORDER BY id DESC LIMIT 1").fetchone()
    assert (entry["actor"], entry["action"]) == (f"staff:{sales}", "payment taken back")
    assert entry["before"]["amount_cents"] == 28_250


def test_a_payment_that_is_taken_back_and_entered_anew_gets_one_receipt(connection, record, sales, take_back):
    shop.set_shop(connection, grace_seconds=120)
    take_back(record(48_250, sales, method="cash"))
    record(48_250, sales, method="check")
    decide_all(desk.NOW)

    passes.once(desk.after(minutes=3))

    assert desk.fates(connection, "invoice_paid_email") == [("sent", None)]


def test_no_receipt_goes_out_for_a_payment_that_was_taken_back(connection, record, sales, take_back):
    shop.set_shop(connection, grace_seconds=120)
    slip = record(48_250, sales)
    decide_all(desk.NOW)
    take_back(slip)

    passes.once(desk.after(minutes=3))

    assert desk.fates(connection, "invoice_paid_email") == [("cancelled", "no_longer_true")]


def test_the_true_payment_after_one_that_was_taken_back_has_a_receipt(connection, record, sales, take_back):
    shop.set_shop(connection, grace_seconds=120)
    slip = record(48_250, sales)
    decide_all(desk.NOW)
    take_back(slip)
    passes.once(desk.after(minutes=3))

    record(48_250, sales)
    decide_all(desk.after(days=3))
    passes.once(desk.after(days=3, minutes=3))

    assert desk.fates(connection, "invoice_paid_email") == [("cancelled", "no_longer_true"), ("sent", None)]


@pytest.fixture
def reminder(connection, invoice):
    """One that waits for the morning."""
    event = shop.insert(
        connection, "event", type="invoice.overdue", subject_table="invoice", subject_id=invoice["id"],
        occasion="2026-02-20", payload='{"due_date": "2026-02-20"}', handled_at=desk.NOW,
    )  # fmt: skip
    return desk.queued(connection, event_id=event["id"], rule_key="invoice_overdue_email")


def test_a_payment_that_is_taken_back_at_once_stops_no_reminder(connection, record, sales, take_back, reminder):
    take_back(record(48_250, sales))
    decide_all(desk.NOW)

    assert desk.row(connection, reminder)["status"] == "queued"


def test_a_reminder_that_a_mistaken_payment_stopped_waits_again(connection, record, sales, take_back, reminder):
    slip = record(48_250, sales)
    decide_all(desk.NOW)
    stopped = desk.fates(connection, "invoice_overdue_email")
    take_back(slip)
    decide_all(desk.NOW)

    again = desk.messages(connection, rule_key="invoice_overdue_email")[-1]
    assert stopped == [("cancelled", "no_longer_true")]
    assert desk.fates(connection, "invoice_overdue_email") == [*stopped, ("queued", None)]
    assert again["send_after"] == desk.row(connection, reminder)["send_after"]


def test_a_payment_stops_no_reminder_while_somebody_takes_it_back(connection, record, sales, reminder):
    slip = record(48_250, sales)

    with database.transaction() as taking:
        payments.take_back(taking, slip, actor=sales, now=desk.NOW)
        decide_all(desk.NOW)
    decide_all(desk.NOW)

    assert desk.row(connection, reminder)["status"] == "queued"


def test_a_draft_that_its_deposit_paid_is_a_draft_again(connection, record, sales, take_back):
    draft = shop.make_invoice(connection, total_cents=10_000)

    take_back(record(10_000, sales, id=draft["id"]))

    row = connection.execute("SELECT status, amount_paid_cents FROM invoice WHERE id = %s", [draft["id"]]).fetchone()
    assert row == {"status": "draft", "amount_paid_cents": 0}


def test_a_payment_is_taken_back_once_and_one_of_stripe_not_here(connection, record, sales, take_back, invoice):
    slip = record(20_000, sales)
    take_back(slip)
    card = shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=100, provider_id="pi_1")["id"]

    with pytest.raises(Conflict, match="is taken back already"):
        take_back(slip)
    with pytest.raises(Conflict, match="refund it in Stripe's dashboard"):
        take_back(card)
