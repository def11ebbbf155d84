"""What each line of a file would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from engine import customers, invoices
from engine.errors import InkbellError
from engine.imports import cells, mapping
from engine.imports.book import Book
from engine.imports.mapping import COLUMNS, INVOICE_STATUSES, NEEDED, Kind, Mapped
from engine.imports.sheet import Sheet
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("imports")

Action = Literal["new", "update", "same", "error"]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of the file would do; `number` is its place in the file, where the headings are line 1."""

    number: int
    action: Action
    name: str
    says: str
    values: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    kind: Kind
    lines: tuple[Line, ...]

    def of(self, action: Action) -> list[Line]:
        return [line for line in self.lines if line.action == action]

    def count(self, action: Action) -> int:
        return len(self.of(action))


TOO_LONG = "it has more cells than the file has headings; put a cell with a comma in it between quotation marks"

BATCH = 250
"""Lines between two words to whoever waits."""

Progress = Callable[[int], object]
"""Told how many lines are done."""

Look = Callable[[int, Row], Line]
"""Judges the line at this place with these cells, by our names; raises InkbellError with what is wrong in it."""


def plan(connection: Connection, kind: Kind, sheet: Sheet, mapped: Mapped, progress: Progress | None = None) -> Plan:
    """What each line would do; nothing is written."""
    missing = [COLUMNS[kind][column] for column in NEEDED[kind] if not mapped.columns.get(column)]
    if missing:
        raise InkbellError(f"no column is chosen for {missing[0]!r}; choose one")
    rows = [{ours: line.get(heading, "") for ours, heading in mapped.columns.items()} for line in sheet.lines]
    look = _LOOKS[kind](connection, rows, mapped)
    called = "name" if kind == "customers" else "number"
    lines: list[Line] = []
    for number, row in zip(sheet.numbers, rows, strict=True):
        try:
            if number in sheet.too_long:
                raise InkbellError(TOO_LONG)
            lines.append(look(number, row))
        except InkbellError as error:
            lines.append(Line(number, "error", row.get(called, ""), str(error)))
        if progress and len(lines) % BATCH == 0:
            progress(len(lines))
    return Plan(kind, tuple(lines))


def _customers(connection: Connection, rows: Sequence[Row], mapped: Mapped) -> Look:
    book, country = Book(connection), records.shop(connection).country
    seen: dict[int | str, int] = {}
    empty = dict.fromkeys(COLUMNS["customers"])

    def look(place: int, row: Row) -> Line:
        values = customers.checked(row | cells.way(row), country)
        there = book.same(values)
        named = "|".join(cells.letters(str(values.get(name))) for name in ("name", "company", "email"))
        key = there["id"] if there else named
        if key in seen:
            raise InkbellError(f"the same customer as in line {seen[key]}; keep one of them")
        seen[key] = place
        return _line(place, values["name"], values, there, empty)

    return look


def _jobs(connection: Connection, rows: Sequence[Row], mapped: Mapped) -> Look:
    book, known = Book(connection), mapping.statuses(connection, "jobs")
    locale = records.shop(connection).locale
    numbers = [cells.number(row["number"]) for row in rows]
    there = {job["number"]: job for job in connection.execute(sql.jobs, {"numbers": numbers})}
    seen: dict[str, int] = {}
    empty = {"quantity": None, "due_date": None, "delivery_method": None, "status": "quote"}

    def look(place: int, row: Row) -> Line:
        number = cells.once(row, place, seen)
        values: Row = {"number": number, "title": cells.needed(row, "title")}
        values["customer_id"] = book.called(row["customer"])
        if "status" in row:
            values["status"] = cells.status(row["status"], mapped.statuses, known)
        if "quantity" in row:
            values["quantity"] = cells.whole(row["quantity"])
        if "due_date" in row:
            values["due_date"] = cells.day(row["due_date"], locale)
        values |= cells.way(row)
        return _line(place, f"{number} {values['title']}", values, there.get(number), empty)

    return look


def _invoices(connection: Connection, rows: Sequence[Row], mapped: Mapped) -> Look:
    book, shop = Book(connection), records.shop(connection)
    numbers = [cells.number(row["number"]) for row in rows]
    there = {invoice["number"]: invoice for invoice in connection.execute(sql.invoices, {"numbers": numbers})}
    named = [cells.number(row.get("job_number", "")) for row in rows]
    jobs = {job["number"]: job for job in connection.execute(sql.job_ids, {"numbers": named})}
    seen: dict[str, int] = {}
    empty = {"amount_paid_cents": 0, "job_id": None, "status": "draft", "due_date": None, "po_number": None}

    def look(place: int, row: Row) -> Line:
        number = cells.once(row, place, seen)
        values: Row = {"number": number, "customer_id": book.called(row["customer"])}
        known = there.get(number)
        currency = known["currency"] if known else shop.currency
        values["total_cents"] = invoices.cents(cells.needed(row, "total"), currency)
        if row.get("paid"):
            values["amount_paid_cents"] = invoices.cents(row["paid"], currency)
        if job := cells.number(row.get("job_number", "")):
            if job not in jobs:
                raise InkbellError(f"there is no job {job!r}; import the jobs first")
            # Each would read of the other: the title stands on the invoice, its link in the messages about the job.
            if jobs[job]["customer_id"] != values["customer_id"]:
                raise InkbellError(f"job {job!r} is another customer's; correct the job number or the customer")
            values["job_id"] = jobs[job]["id"]
        if "status" in row:
            values["status"] = cells.status(row["status"], mapped.statuses, INVOICE_STATUSES)
        if "due_date" in row:
            values["due_date"] = cells.day(row["due_date"], shop.locale)
        if "po_number" in row:
            values["po_number"] = row["po_number"] or None
        if known and _takes_back(values, known):
            received = invoices.decimal(known["received_cents"], currency)
            raise InkbellError(
                f"{received} was received for it here, which the file does not know of; correct it there, or leave the "
                "line out"
            )
        return _line(place, number, values, known, empty)

    return look


def _takes_back(values: Row, there: Row) -> bool:
    """A file may be older than a payment that was recorded here; nobody is to be chased for what they paid."""
    received = there["received_cents"]
    reopened = there["status"] == "paid" and values.get("status") in ("draft", "sent")
    if "amount_paid_cents" in values:
        return bool(values["amount_paid_cents"] < received)
    return bool(received and reopened)


_LOOKS: dict[Kind, Callable[[Connection, Sequence[Row], Mapped], Look]] = {
    "customers": _customers,
    "jobs": _jobs,
    "invoices": _invoices,
}


def _line(place: int, name: str, values: Row, there: Row | None, empty: Row) -> Line:
    # An empty cell of a sheet means "not known here" far more often than "take it away".
    given = {column: value for column, value in values.items() if value is not None}
    if there is None:
        return Line(place, "new", name, "", {**empty, **given})
    changed = [column for column, value in given.items() if there.get(column) != value]
    if not changed:
        return Line(place, "same", name, "")
    # Only what changes is written: what the file and the record agreed on may be another's to change by then.
    new = dict.fromkeys([*empty, *values]) | {column: given[column] for column in changed}
    was = {"id": there["id"], "was_paid_cents": there.get("amount_paid_cents"), "was_status": there.get("status")}
    return Line(place, "update", name, ", ".join(map(_spoken, changed)), {**new, **was})


def _spoken(column: str) -> str:
    return column.removesuffix("_id").removesuffix("_cents").replace("_", " ")
