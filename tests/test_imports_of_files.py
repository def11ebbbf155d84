"""A CSV file promises: a preview that writes nothing, then all of it quietly, and a second time only what changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine import access, imports
from engine.errors import Conflict, InkbellError, NotAllowed
from engine.imports import Kind, Mapped, Plan
from engine.store import database
from tests import shop
from tests.chaos.storm import until

LOCKED = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
CUSTOMERS = b"Contact,Company,Email,Cell\nAnn Lee,Bay Cafe,ann@example.com,(212) 555-0123\nBo,,not an address,\n"


def planned(kind: Kind, data: bytes, **statuses: str) -> tuple[Plan, Mapped]:
    sheet = imports.read(data)
    with database.transaction() as own:
        mapped = Mapped(imports.guess(kind, sheet, imports.remembered(own, kind)), statuses)
        return imports.plan(own, kind, sheet, mapped), mapped


def bring(kind: Kind, data: bytes, *, quiet: Any = "all", actor: Any = access.LOCAL, **statuses: str) -> Plan:
    plan, mapped = planned(kind, data, **statuses)
    with database.transaction() as own:
        imports.carry_out(own, plan, mapped, quiet=quiet, actor=actor, now=database.now(own))
    return plan


def actions(plan: Plan) -> list[str]:
    return [line.action for line in plan.lines]


def test_the_preview_names_the_line_that_can_t_be_read_and_writes_nothing(connection: shop.Connection) -> None:
    plan, _ = planned("customers", CUSTOMERS)

    assert actions(plan) == ["new", "error"]
    assert (plan.lines[1].number, plan.lines[1].says) == (3, "'not an address' is no email address; correct it")
    assert connection.execute("SELECT FROM customer").fetchone() is None


def test_a_second_import_changes_what_changed_and_an_empty_cell_takes_nothing_away(
    connection: shop.Connection,
) -> None:
    bring("customers", CUSTOMERS)

    again, _ = planned("customers", CUSTOMERS)
    changed = bring("customers", b"Contact,Company,Email,Cell\nAnn Lee-Park,Bay Cafe,ann@example.com,\n")

    assert actions(again) == ["same", "error"]
    assert [(line.action, line.says) for line in changed.lines] == [("update", "name")]
    row = connection.execute("SELECT name, phone FROM customer").fetchone()
    assert row == {"name": "Ann Lee-Park", "phone": "(212) 555-0123"}


def test_what_somebody_changed_since_the_preview_stays_where_the_file_does_not_speak_of_it(
    connection: shop.Connection,
) -> None:
    job = shop.make_job(connection, number="2001", status="films")
    plan, mapped = planned("jobs", b"Job number,Title,Customer\n2001,Caps,Maya Ortiz\n")
    shop.update(connection, "job", job["id"], status="bagging")

    with database.transaction() as own:
        imports.carry_out(own, plan, mapped, quiet="all", actor=access.LOCAL, now=database.now(own))

    row = connection.execute("SELECT title, status FROM job").fetchone()
    assert row == {"title": "Caps", "status": "bagging"}


def test_a_job_that_moved_on_since_the_preview_is_not_moved_back_by_what_the_file_did_not_change(
    connection: shop.Connection,
) -> None:
    job = shop.make_job(connection, number="2001", status="films", due_date="2026-03-09")
    sheet = b"Job number,Title,Customer,Status,Due\n2001,Caps,Maya Ortiz,Films,2026-03-09\n"
    plan, mapped = planned("jobs", sheet, Films="films")
    shop.update(connection, "job", job["id"], status="completed_order", due_date="2026-03-12")

    with database.transaction() as own:
        imports.carry_out(own, plan, mapped, quiet="all", actor=access.LOCAL, now=database.now(own))

    row = connection.execute("SELECT title, status, CAST(due_date AS text) AS due FROM job").fetchone()
    assert [line.says for line in plan.lines] == ["title"]
    assert row == {"title": "Caps", "status": "completed_order", "due": "2026-03-12"}


@pytest.mark.parametrize("kind", ["jobs", "invoices"])
def test_a_status_that_changed_since_the_preview_stops_the_import_and_names_the_line(
    connection: shop.Connection, kind: Kind
) -> None:
    if kind == "jobs":
        made = shop.make_job(connection, number="2001", status="films")
        plan, mapped = planned(
            kind, b"Number,Title,Customer,Status\n2001,Caps,Maya Ortiz,Press\n", Press="in_production"
        )
    else:
        made = shop.make_invoice(connection, number="2001", total_cents=5_000)
        plan, mapped = planned(kind, b"Number,Customer,Total,Status\n2001,Maya Ortiz,50.00,Open\n", Open="sent")
    shop.update(connection, kind.removesuffix("s"), made["id"], status="cancelled" if kind == "jobs" else "void")

    with pytest.raises(Conflict, match="line 2 has been changed"), database.transaction() as own:
        imports.carry_out(own, plan, mapped, quiet=None, actor=access.LOCAL, now=database.now(own))


def test_a_file_in_any_order_waits_for_whoever_holds_its_jobs_and_they_never_for_it(
    connection: shop.Connection,
) -> None:
    ann = shop.make_customer(connection, name="Ann Lee")["id"]
    first, second = (shop.make_job(connection, number=number, customer_id=ann) for number in ("2001", "2002"))
    plan, mapped = planned("jobs", b"Job number,Title,Customer\n2002,Mugs,Ann Lee\n2001,Caps,Ann Lee\n")

    def carry_out() -> None:
        with database.transaction() as own:
            imports.carry_out(own, plan, mapped, quiet="all", actor=access.LOCAL, now=database.now(own))

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as parcels:
            parcels.execute("SELECT FROM job WHERE id = %s FOR UPDATE", [first["id"]])
            done = pool.submit(carry_out)
            assert until(lambda: connection.execute(LOCKED).fetchone() is not None, 10)
            parcels.execute("SELECT FROM job WHERE id = %s FOR UPDATE NOWAIT", [second["id"]])
        done.result()

    rows = connection.execute("SELECT title FROM job ORDER BY id").fetchall()
    assert [row["title"] for row in rows] == ["Caps", "Mugs"]


def test_a_number_that_somebody_else_entered_since_the_preview_stops_the_import_and_names_the_line(
    connection: shop.Connection,
) -> None:
    customer = shop.make_customer(connection)
    plan, mapped = planned("jobs", b"Job number,Title,Customer\n2001,Caps,Maya Ortiz\n2002,Mugs,Maya Ortiz\n")
    shop.make_job(connection, number="2002", customer_id=customer["id"])

    with pytest.raises(Conflict, match="line 3 has been changed"), database.transaction() as own:
        imports.carry_out(own, plan, mapped, quiet="all", actor=access.LOCAL, now=database.now(own))

    assert [row["number"] for row in connection.execute("SELECT number FROM job")] == ["2002"]


def test_whoever_waits_for_a_long_file_is_told_how_far_it_is(connection: shop.Connection) -> None:
    data = b"Name\n" + b"".join(b"Customer %d\n" % number for number in range(600))
    sheet, mapped = imports.read(data), Mapped({"name": "Name"})
    looked: list[int] = []
    written: list[int] = []

    with database.transaction() as own:
        plan = imports.plan(own, "customers", sheet, mapped, looked.append)
        now = database.now(own)
        imports.carry_out(own, plan, mapped, quiet="all", actor=access.LOCAL, now=now, progress=written.append)

    assert (looked, written) == ([250, 500], [250, 500, 600])
    assert connection.execute("SELECT count(*) AS n FROM customer").fetchone() == {"n": 600}


def test_columns_and_statuses_are_remembered(connection: shop.Connection) -> None:
    shop.make_customer(connection, name="Ann", email="ann@example.com")
    data = b"Order #;What;For;Stage\n2001;Caps;ann@example.com;On the press\n"
    sheet = imports.read(data)
    mapped = Mapped(
        {"number": "Order #", "title": "What", "customer": "For", "status": "Stage"}, {"On the press": "in_production"}
    )
    with database.transaction() as own:
        plan = imports.plan(own, "jobs", sheet, mapped)
        imports.carry_out(own, plan, mapped, quiet="all", actor=access.LOCAL, now=database.now(own))

    with database.transaction() as own:
        before = imports.remembered(own, "jobs")
        columns = imports.guess("jobs", sheet, before)
        meant = imports.guess_statuses(sheet, "Stage", imports.statuses(own, "jobs"), before)

    assert columns == mapped.columns
    assert meant == {"On the press": "in_production"}


def test_a_column_that_says_something_else_in_every_line_is_no_status(database_url: str) -> None:
    sheet = imports.read(b"Job number,Stage\n" + b"".join(b"%d,Stage %d\n" % (place, place) for place in range(101)))

    with pytest.raises(InkbellError, match=r"'Stage' has 101 different words, .*; choose another column"):
        imports.guess_statuses(sheet, "Stage", {}, Mapped())


def test_a_quiet_import_tells_nobody_and_a_loud_one_tells_as_if_typed(connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="films")
    data = f"Job number,Title,Customer,Status\n{job['number']},Caps,Maya Ortiz,".encode()

    bring("jobs", data + b"bagging\n", bagging="bagging")
    bring("jobs", data + b"ready\n", quiet=None, ready="completed_order")

    payloads = [row["payload"] for row in connection.execute("SELECT payload FROM event ORDER BY id")]
    assert [payload.get("quiet") for payload in payloads] == ["all", None]
    assert {payload["actor"] for payload in payloads} == {"local"}


def test_an_invoice_finds_its_customer_and_job(connection: shop.Connection) -> None:
    job = shop.make_job(connection)
    data = (
        "Invoice number,Customer,Job number,Total,Paid,Status,Due\n"
        f'INV-1,Maya Ortiz,{job["number"]},"$1,250.00",250,Sent,12/01/2026\n'
        "INV-2,Nobody,,10,,Sent,\n"
        f"INV-1,Maya Ortiz,{job['number']},10,,Sent,\n"
    ).encode()

    plan = bring("invoices", data, Sent="sent")

    assert actions(plan) == ["new", "error", "error"]
    assert "import the customers first" in plan.lines[1].says
    assert "the same number as in line 2" in plan.lines[2].says
    row = connection.execute("SELECT total_cents, amount_paid_cents, job_id, due_date FROM invoice").fetchone()
    assert row is not None
    assert (row["total_cents"], row["amount_paid_cents"], row["job_id"]) == (125_000, 25_000, job["id"])
    assert row["due_date"].isoformat() == "2026-12-01"


def test_a_status_that_nobody_explained_is_an_error_of_its_line(connection: shop.Connection) -> None:
    shop.make_customer(connection)

    plan, _ = planned("jobs", b"Job number,Title,Customer,Status\n7,Caps,Maya Ortiz,Limbo\n")

    assert plan.lines[0].says == "nobody has said what the status 'Limbo' means; choose one"


@pytest.mark.parametrize(
    ("number", "quantity", "says"),
    [("#", "48", "the number is empty; enter one"), ("7", "9" * 5000, "is no quantity; write a number")],
)
def test_a_cell_of_nonsense_is_an_error_of_its_line(
    connection: shop.Connection, number: str, quantity: str, says: str
) -> None:
    shop.make_customer(connection)

    plan, _ = planned("jobs", f"Job number,Title,Customer,Quantity\n{number},Caps,Maya Ortiz,{quantity}\n".encode())

    assert actions(plan) == ["error"]
    assert says in plan.lines[0].says


@pytest.mark.parametrize(
    ("total", "cents"),
    [("Rs. 500", 50_000), ("kr. 482,50", 48_250), ("482,5", 48_250), ("$1,250", 125_000), ("482.50 USD", 48_250)],
)
def test_a_total_is_read_as_the_other_program_wrote_it(connection: shop.Connection, total: str, cents: int) -> None:
    shop.make_customer(connection)

    plan, _ = planned("invoices", f'Invoice number,Customer,Total\nINV-1,Maya Ortiz,"{total}"\n'.encode())

    assert [line.values.get("total_cents") for line in plan.lines] == [cents]


@pytest.mark.parametrize("total", ["(482.50)", "1E+05", "2 x 100", "1234,567", "12 50", "482.50-"])
def test_a_total_that_could_be_another_sum_is_an_error_of_its_line(connection: shop.Connection, total: str) -> None:
    shop.make_customer(connection)

    plan, _ = planned("invoices", f'Invoice number,Customer,Total\nINV-1,Maya Ortiz,"{total}"\n'.encode())

    assert [line.says for line in plan.lines] == [f"{total!r} is no amount; write it like 482.50"]


def test_two_customers_of_one_name_are_told_apart_by_their_address(connection: shop.Connection) -> None:
    for _ in range(2):
        shop.make_customer(connection)

    plan, _ = planned("jobs", b"Job number,Title,Customer\n7,Caps,Maya Ortiz\n")

    assert "name this one by the email address" in plan.lines[0].says


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no lines below"),
        (b"Name\n", "no lines below"),
        (b"Name,Name\nAnn,Bo\n", "the same heading"),
        (b"x" * (imports.MOST_BYTES + 1), "larger than 10 MB"),
        (b",".join(b"%d" % place for place in range(1001)) + b"\n1\n", "1,001 columns .* at most 1,000"),
    ],
)
def test_what_is_no_sheet_is_said_in_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(InkbellError, match=says):
        imports.read(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_a_name_with_an_accent_comes_in_however_excel_wrote_it(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    text = "Name\tCompany\r\nZoë O’Neil\tCafé Ñandú\r\n"

    sheet = imports.read(mark + text.encode(encoding))

    assert sheet.headings == ("Name", "Company")
    assert sheet.lines == ({"Name": "Zoë O’Neil", "Company": "Café Ñandú"},)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("Name,Company\nAnn,Bay Cafe\n".encode("utf-16-le"), "letters of this file can't be read"),
        (b"\xff\xfeN\x00a", "letters of this file can't be read"),
        (b"Name\nZo\x81\n", "letters of this file can't be read"),
        (b"PK\x03\x04\x14\x00", "this is an Excel workbook"),
    ],
)
def test_a_file_whose_letters_can_t_be_read_is_refused_with_how_to_save_it_again(data: bytes, says: str) -> None:
    with pytest.raises(InkbellError, match=says) as refused:
        imports.read(data)

    assert "choose Save as → CSV UTF-8" in str(refused.value)


def test_a_line_is_named_by_its_place_in_the_file_empty_rows_included(connection: shop.Connection) -> None:
    plan, _ = planned("customers", b"Name,Email\n,\nAnn,ann@example.com\n\nBo,not an address\n")

    assert [(line.number, line.action) for line in plan.lines] == [(3, "new"), (5, "error")]


def test_a_number_is_the_same_with_a_hash_before_it(connection: shop.Connection) -> None:
    job = shop.make_job(connection, number="2001", title="Caps")
    owner = connection.execute("SELECT email FROM customer WHERE id = %s", [job["customer_id"]]).fetchone()
    assert owner is not None

    jobs, _ = planned("jobs", f"Job number,Title,Customer\n#2001,Caps,{owner['email']}\n".encode())
    bills, _ = planned("invoices", f"Number,Job,Total,Customer\n#7,#2001,5,{owner['email']}\n".encode())

    assert actions(jobs) == ["same"]
    assert bills.lines[0].values["job_id"] == job["id"]


def test_production_imports_nothing(connection: shop.Connection) -> None:
    with pytest.raises(NotAllowed):
        bring("customers", CUSTOMERS, actor=shop.make_staff(connection, role="production")["id"])


@pytest.mark.parametrize("quantity", ["48,00", "1,5", "4 8"])
def test_a_quantity_that_could_be_another_number_is_an_error_of_its_line(
    connection: shop.Connection, quantity: str
) -> None:
    shop.make_customer(connection)

    plan, _ = planned("jobs", f"Job number;Title;Customer;Quantity\n7;Caps;Maya Ortiz;{quantity}\n".encode())

    assert [line.says for line in plan.lines] == [f"{quantity!r} is no quantity; write a number"]


@pytest.mark.parametrize(("quantity", "pieces"), [("48", 48), ("48.00", 48), ("1,250", 1_250), ("1 250.0", 1_250)])
def test_a_quantity_is_read_as_the_other_program_wrote_it(
    connection: shop.Connection, quantity: str, pieces: int
) -> None:
    shop.make_customer(connection)

    plan, _ = planned("jobs", f"Job number;Title;Customer;Quantity\n7;Caps;Maya Ortiz;{quantity}\n".encode())

    assert plan.lines[0].values["quantity"] == pieces


def test_a_line_with_more_cells_than_headings_is_not_read_as_if_it_had_none_too_many(
    connection: shop.Connection,
) -> None:
    shop.make_customer(connection)

    plan, _ = planned("invoices", b"Invoice number,Customer,Total\nINV-1,Maya Ortiz,1,250.00\nINV-2,Maya Ortiz,5,,\n")

    assert actions(plan) == ["error", "new"]
    assert "more cells than the file has headings" in plan.lines[0].says


def test_an_invoice_of_one_customer_never_shows_the_job_of_another(connection: shop.Connection) -> None:
    shop.make_customer(connection, name="Ann", email="ann@example.com")
    shop.make_job(connection, number="2001")

    plan, _ = planned("invoices", b"Invoice number,Customer,Job number,Total\nINV-1,Ann,2001,5\n")

    assert [line.says for line in plan.lines] == [
        "job '2001' is another customer's; correct the job number or the customer"
    ]


def test_days_come_first_where_the_shop_writes_them_first(connection: shop.Connection) -> None:
    shop.make_customer(connection)
    data = b"Invoice number,Customer,Total,Due\nINV-1,Maya Ortiz,5,03/04/2026\n"

    american, _ = planned("invoices", data)
    shop.set_shop(connection, locale="en_GB")
    british, _ = planned("invoices", data)
    shop.set_shop(connection, locale="en_CA")
    canadian, _ = planned("invoices", data + b"INV-2,Maya Ortiz,5,30/11/2026\n")

    assert american.lines[0].values["due_date"].isoformat() == "2026-03-04"
    assert british.lines[0].values["due_date"].isoformat() == "2026-04-03"
    assert canadian.lines[0].says == "'03/04/2026' could be two days; write it like 2026-11-30"
    assert canadian.lines[1].values["due_date"].isoformat() == "2026-11-30"


def test_a_total_is_read_in_the_currency_of_the_invoice_that_is_there(connection: shop.Connection) -> None:
    customer = shop.make_customer(connection)
    shop.make_invoice(connection, customer_id=customer["id"], number="INV-1", currency="JPY", total_cents=48_250)

    plan, _ = planned("invoices", b'Invoice number,Customer,Total\nINV-1,Maya Ortiz,"48,250"\n')

    assert actions(plan) == ["same"]


@pytest.mark.parametrize("line", ["Sent,0", "Sent,", ",100.00"])
def test_a_file_that_knows_of_no_payment_takes_none_back(connection: shop.Connection, line: str) -> None:
    customer = shop.make_customer(connection)
    invoice = shop.make_invoice(connection, customer_id=customer["id"], number="INV-1", status="sent")
    shop.make_payment(connection, invoice_id=invoice["id"])

    file = f"Invoice number,Customer,Total,Status,Paid\nINV-1,Maya Ortiz,482.50,{line}\n".encode()
    plan, _ = planned("invoices", file, Sent="sent")

    assert [line.says for line in plan.lines] == [
        "482.50 was received for it here, which the file does not know of; correct it there, or leave the line out"
    ]


def test_a_payment_that_came_in_since_the_preview_stops_the_import_and_names_the_line(
    connection: shop.Connection,
) -> None:
    customer = shop.make_customer(connection)
    invoice = shop.make_invoice(connection, customer_id=customer["id"], number="INV-1", status="draft")
    file = b"Invoice number,Customer,Total,Status,Paid\nINV-1,Maya Ortiz,482.50,Sent,0\n"
    plan, mapped = planned("invoices", file, Sent="sent")
    shop.make_payment(connection, invoice_id=invoice["id"])

    with pytest.raises(Conflict, match="line 2 has been changed"), database.transaction() as own:
        imports.carry_out(own, plan, mapped, quiet="all", actor=access.LOCAL, now=database.now(own))

    row = connection.execute("SELECT status, amount_paid_cents FROM invoice").fetchone()
    assert row == {"status": "paid", "amount_paid_cents": 48_250}
