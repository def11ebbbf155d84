"""What people enter by hand: under a role, with a name, and never more than is due."""

from datetime import timedelta

import pytest

from engine import access
from engine.errors import NotAllowed, NotPayable
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
