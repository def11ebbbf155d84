"""Customers, jobs and invoices from a CSV file: read, matched to what is there, and written at once or not at all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from engine import access, customers, invoices
from engine.errors import Conflict, InkbellError
from engine.jobs import Quiet
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("imports")

Kind = Literal["customers", "jobs", "invoices"]
Action = Literal["new", "update", "same", "error"]
Row = dict[str, Any]

MOST_BYTES = 10_000_000
MOST_LINES = 20_000

COLUMNS: dict[Kind, dict[str, str]] = {
    "customers": {
        "name": "Name",
        "company": "Company",
        "email": "Email",
        "billing_email": "Email for invoices",
        "cc_emails": "Copies of invoices to",
        "phone": "Phone",
        "delivery_method": "Delivery",
    },
    "jobs": {
        "number": "Job number",
        "title": "Title",
        "customer": "Customer (name or email)",
        "status": "Status",
        "quantity": "Quantity",
        "due_date": "Due date",
        "delivery_method": "Delivery",
    },
    "invoices": {
        "number": "Invoice number",
        "customer": "Customer (name or email)",
        "job_number": "Job number",
        "total": "Total",
        "paid": "Paid so far",
        "status": "Status",
        "due_date": "Due date",
        "po_number": "PO number",
    },
}
NEEDED: dict[Kind, tuple[str, ...]] = {
    "customers": ("name",),
    "jobs": ("number", "title", "customer"),
    "invoices": ("number", "customer", "total"),
}
INVOICE_STATUSES = {"draft": "Draft", "sent": "Sent", "paid": "Paid", "void": "Void"}
WORDS: dict[str, tuple[str, ...]] = {
    "name": ("name", "customer", "customername", "contact", "fullname", "contactname"),
    "company": ("company", "organization", "organisation", "business", "companyname"),
    "email": ("email", "emailaddress", "mail"),
    "billing_email": ("billingemail", "emailforinvoices", "accountsemail", "invoiceemail"),
    "cc_emails": ("cc", "ccemails", "copiesofinvoicesto"),
    "phone": ("phone", "mobile", "cell", "telephone", "phonenumber"),
    "delivery_method": ("delivery", "deliverymethod", "shippingmethod", "fulfillment"),
    "number": ("number", "no", "id"),
    "title": ("title", "description", "nickname", "jobname", "ordername", "jobtitle"),
    "customer": ("customer", "customername", "customeremail", "client", "email", "company", "name"),
    "status": ("status", "state", "stage"),
    "quantity": ("quantity", "qty", "pieces", "totalquantity"),
    "due_date": ("due", "duedate", "customerduedate", "inhandsdate", "paymentduedate"),
    "job_number": ("jobnumber", "job", "ordernumber", "order"),
    "total": ("total", "amount", "invoicetotal", "grandtotal", "totalamount"),
    "paid": ("paid", "amountpaid", "paidsofar", "payments"),
    "po_number": ("ponumber", "po", "purchaseorder"),
}


OWN_NUMBER: dict[Kind, tuple[str, ...]] = {
    "customers": (),
    "jobs": ("jobnumber", "ordernumber", "job", "order"),
    "invoices": ("invoicenumber", "invoice", "invoiceno"),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as read: its headings and lines; `lines` are dicts by heading."""

    headings: tuple[str, ...]
    lines: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """Our column → the file's heading; what the file calls a status → ours."""

    columns: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of the file would do; `number` is the place in the file, where the headings are line 1."""

    number: int
    action: Action
    name: str
    says: str
    values: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    kind: Kind
    lines: tuple[Line, ...]

    def count(self, action: Action) -> int:
        return sum(line.action == action for line in self.lines)


def read(data: bytes) -> Sheet:
    """Raises InkbellError for what is no CSV file with headings. Commas, semicolons and tabs are told apart."""
    if len(data) > MOST_BYTES:
        raise InkbellError("the file is larger than 10 MB; split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    between = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=between) if any(map(str.strip, row))]
    except csv.Error as error:
        raise InkbellError(f"this is no CSV file ({error}); save it as CSV and try again") from None
    if len(rows) < 2:
        raise InkbellError("the file has no lines below its headings; save the whole sheet as CSV")
    if len(rows) > MOST_LINES + 1:
        raise InkbellError(f"the file has more than {MOST_LINES:,} lines; split it")
    headings = tuple(heading.strip() or f"Column {place}" for place, heading in enumerate(rows[0], start=1))
    if len(set(headings)) < len(headings):
        raise InkbellError("two columns have the same heading; rename one")
    lines = tuple({heading: cell.strip() for heading, cell in zip(headings, row, strict=False)} for row in rows[1:])
    return Sheet(headings, lines)


def remembered(connection: Connection, kind: Kind) -> Mapped:
    """How the last import of this kind was mapped."""
    row = connection.execute(sql.remembered, {"kind": kind}).fetchone()
    after = row["after"] if row else {}
    return Mapped(after.get("columns", {}), after.get("statuses", {}))


def guess(kind: Kind, sheet: Sheet, before: Mapped) -> dict[str, str]:
    """Our column → heading: as it was mapped before where that heading is still there, else by its name."""
    plain = {re.sub(r"[^a-z]", "", heading.lower()): heading for heading in reversed(sheet.headings)}
    found: dict[str, str] = {}
    for column in COLUMNS[kind]:
        known = before.columns.get(column)
        if known in sheet.headings:
            found[column] = str(known)
            continue
        words = (*OWN_NUMBER[kind], *WORDS[column]) if column == "number" else WORDS[column]
        if heading := next((plain[word] for word in words if word in plain), None):
            found[column] = heading
    return found


def statuses(connection: Connection, kind: Kind) -> dict[str, str]:
    """What a status can be mapped to: key → label."""
    if kind == "jobs":
        return {row["key"]: row["label"] for row in connection.execute(sql.statuses)}
    return dict(INVOICE_STATUSES) if kind == "invoices" else {}


def guess_statuses(sheet: Sheet, column: str | None, known: Mapping[str, str], before: Mapped) -> dict[str, str | None]:
    """Every status word of the file, with the one it seems to mean; None where nobody could tell."""
    if column is None:
        return {}
    by_label = {_letters(label): key for key, label in known.items()} | {_letters(key): key for key in known}
    words = dict.fromkeys(line.get(column, "") for line in sheet.lines)
    guesses: dict[str, str | None] = {}
    for word in filter(None, words):
        kept = before.statuses.get(word)
        guesses[word] = kept if kept in known else by_label.get(_letters(word))
    return guesses


def plan(connection: Connection, kind: Kind, sheet: Sheet, mapped: Mapped) -> Plan:
    """What each line would do; nothing is written."""
    missing = [COLUMNS[kind][column] for column in NEEDED[kind] if not mapped.columns.get(column)]
    if missing:
        raise InkbellError(f"no column is chosen for {missing[0]!r}; choose one")
    cells = [{ours: line.get(heading, "") for ours, heading in mapped.columns.items()} for line in sheet.lines]
    return Plan(kind, tuple(_PLANS[kind](connection, cells, mapped)))


def carry_out(
    connection: Connection, made: Plan, mapped: Mapped, *, quiet: Quiet | None, actor: access.Actor, now: datetime
) -> None:
    """All lines that are not in error, in one transaction. Quiet 'all' tells nobody; None tells as if typed by hand."""
    access.require(connection, actor, "admin", "sales")
    connection.execute(queries.load("jobs").speak_for, {"actor": access.name(actor), "quiet": quiet or ""})
    noun = made.kind.removesuffix("s")
    for line in made.lines:
        if line.action not in ("new", "update"):
            continue
        statement = getattr(sql, f"{'new' if line.action == 'new' else 'change'}_{noun}")
        if connection.execute(statement, line.values).fetchone() is None:
            raise Conflict(f"line {line.number} is gone meanwhile; look at the preview again")
    counts: Row = {action: made.count(action) for action in ("new", "update", "same", "error")}
    after = {**counts, "quiet": quiet, "columns": dict(mapped.columns), "statuses": dict(mapped.statuses)}
    told = {"now": now, "actor": access.name(actor), "kind": made.kind}
    connection.execute(sql.remember, {**told, "after": Jsonb(after)})


def _customers(connection: Connection, cells: Sequence[Row], mapped: Mapped) -> list[Line]:
    book, country = _Book(connection), records.shop(connection).country
    seen: dict[int | str, int] = {}

    def line(place: int, cell: Row) -> Line:
        values = customers.checked(cell | _way(cell), country)
        there = book.same(values)
        key = there["id"] if there else "|".join(_letters(str(values.get(n))) for n in ("name", "company", "email"))
        if key in seen:
            raise InkbellError(f"the same customer as in line {seen[key]}; keep one of them")
        seen[key] = place
        empty = dict.fromkeys(COLUMNS["customers"])
        return _line(place, values["name"], values, there, empty)

    return [_safely(line, place, cell, "name") for place, cell in enumerate(cells, start=2)]


def _jobs(connection: Connection, cells: Sequence[Row], mapped: Mapped) -> list[Line]:
    book, known = _Book(connection), statuses(connection, "jobs")
    numbers = [cell["number"] for cell in cells]
    there = {row["number"]: row for row in connection.execute(sql.jobs, {"numbers": numbers})}
    seen: dict[str, int] = {}

    def line(place: int, cell: Row) -> Line:
        number = _once(cell, place, seen)
        values: Row = {"number": number, "title": _needed(cell, "title"), "customer_id": book.called(cell["customer"])}
        if "status" in cell:
            values["status"] = _status(cell["status"], mapped, known)
        if "quantity" in cell:
            values["quantity"] = _whole(cell["quantity"])
        if "due_date" in cell:
            values["due_date"] = day(cell["due_date"])
        values |= _way(cell)
        empty = {"quantity": None, "due_date": None, "delivery_method": None, "status": "quote"}
        return _line(place, f"{number} {values['title']}", values, there.get(number), empty)

    return [_safely(line, place, cell, "number") for place, cell in enumerate(cells, start=2)]


def _invoices(connection: Connection, cells: Sequence[Row], mapped: Mapped) -> list[Line]:
    book, currency = _Book(connection), records.shop(connection).currency
    numbers = [cell["number"] for cell in cells]
    there = {row["number"]: row for row in connection.execute(sql.invoices, {"numbers": numbers})}
    named = [cell.get("job_number", "") for cell in cells]
    job_ids = {row["number"]: row["id"] for row in connection.execute(sql.job_ids, {"numbers": named})}
    seen: dict[str, int] = {}

    def line(place: int, cell: Row) -> Line:
        number = _once(cell, place, seen)
        values: Row = {"number": number, "customer_id": book.called(cell["customer"])}
        values["total_cents"] = invoices.cents(_needed(cell, "total"), currency)
        if cell.get("paid"):
            values["amount_paid_cents"] = invoices.cents(cell["paid"], currency)
        if cell.get("job_number"):
            if cell["job_number"] not in job_ids:
                raise InkbellError(f"there is no job {cell['job_number']!r}; import the jobs first")
            values["job_id"] = job_ids[cell["job_number"]]
        if "status" in cell:
            values["status"] = _status(cell["status"], mapped, INVOICE_STATUSES)
        if "due_date" in cell:
            values["due_date"] = day(cell["due_date"])
        if "po_number" in cell:
            values["po_number"] = cell["po_number"] or None
        empty = {"amount_paid_cents": 0, "job_id": None, "status": "draft", "due_date": None, "po_number": None}
        return _line(place, number, values, there.get(number), empty)

    return [_safely(line, place, cell, "number") for place, cell in enumerate(cells, start=2)]


_PLANS: dict[Kind, Callable[[Connection, Sequence[Row], Mapped], list[Line]]] = {
    "customers": _customers,
    "jobs": _jobs,
    "invoices": _invoices,
}


class _Book:
    """The customers that are there, found as a file names them: by address, or by a name that only one has."""

    def __init__(self, connection: Connection) -> None:
        self.rows = connection.execute(sql.customers).fetchall()
        self.by_email: dict[str, list[Row]] = {}
        self.by_name: dict[str, list[Row]] = {}
        for row in self.rows:
            for email in {(row["email"] or "").strip().lower(), (row["billing_email"] or "").strip().lower()} - {""}:
                self.by_email.setdefault(email, []).append(row)
            for name in {_letters(row["name"]), _letters(row["company"] or "")} - {""}:
                self.by_name.setdefault(name, []).append(row)

    def called(self, words: str) -> int:
        if not words:
            raise InkbellError("no customer is named; enter one")
        found = self.by_email.get(words.lower()) or self.by_name.get(_letters(words)) or []
        if not found:
            raise InkbellError(f"there is no customer {words!r}; import the customers first")
        if len(found) > 1:
            raise InkbellError(f"{len(found)} customers are called {words!r}; name this one by the email address")
        return int(found[0]["id"])

    def same(self, values: Row) -> Row | None:
        """By address where both have one, else by name and company."""
        email = (values.get("email") or "").lower()
        by_address = [row for row in self.by_email.get(email, []) if email and (row["email"] or "").lower() == email]
        if len(by_address) == 1:
            return by_address[0]
        mine = (_letters(values["name"]), _letters(values.get("company") or ""))
        alike = [
            row
            for row in by_address or self.by_name.get(mine[0], [])
            if (_letters(row["name"]), _letters(row["company"] or "")) == mine
            and (not email or not row["email"] or by_address)
        ]
        return alike[0] if len(alike) == 1 else None


def _safely(make: Callable[[int, Row], Line], place: int, cell: Row, name: str) -> Line:
    try:
        return make(place, cell)
    except InkbellError as error:
        return Line(place, "error", cell.get(name, ""), str(error))


def _line(place: int, name: str, values: Row, there: Row | None, empty: Row) -> Line:
    if there is None:
        given = {column: value for column, value in values.items() if value is not None}
        return Line(place, "new", name, "", {**empty, **given})
    # An empty cell of a sheet means "not known here" far more often than "take it away".
    values = {column: value for column, value in values.items() if value is not None}
    changed = [column for column, value in values.items() if there.get(column) != value]
    if not changed:
        return Line(place, "same", name, "")
    return Line(place, "update", name, ", ".join(map(_spoken, changed)), {**there, **values})


def _spoken(column: str) -> str:
    return column.removesuffix("_id").removesuffix("_cents").replace("_", " ")


def _once(cell: Row, place: int, seen: dict[str, int]) -> str:
    number = _needed(cell, "number").lstrip("#")
    if number in seen:
        raise InkbellError(f"the same number as in line {seen[number]}; keep one of them")
    seen[number] = place
    return number


def _needed(cell: Row, column: str) -> str:
    if not cell.get(column):
        raise InkbellError(f"the {column} is empty; enter one")
    return str(cell[column])


def _status(word: str, mapped: Mapped, known: Mapping[str, str]) -> str | None:
    if not word:
        return None
    status = mapped.statuses.get(word)
    if status not in known:
        raise InkbellError(f"nobody has said what the status {word!r} means; choose one")
    return status


def _whole(text: str) -> int | None:
    digits = re.sub(r"[,\s]", "", text).removesuffix(".0").removesuffix(".00")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit()) or int(digits) > 1_000_000:
        raise InkbellError(f"{text!r} is no quantity; write a number")
    return int(digits)


def day(text: str) -> date | None:
    """ISO, or month first as American programs write it: "2026-11-30", "11/30/2026", "Nov 30, 2026"."""
    given = text.strip()
    if not given:
        return None
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(given.split("T")[0], form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise InkbellError(f"{text!r} is no date; write it like 2026-11-30")


def _way(cell: Row) -> Row:
    if "delivery_method" not in cell:
        return {}
    word = _letters(cell["delivery_method"])
    for way, words in {
        "pickup": ("pickup", "willcall", "counter"),
        "ship": ("ship", "shipping", "shipped", "mail"),
        "deliver": ("deliver", "delivery", "localdelivery"),
    }.items():
        if word in words:
            return {"delivery_method": way}
    if word:
        raise InkbellError(f"{cell['delivery_method']!r} is no way of delivery; write pickup, ship or deliver")
    return {"delivery_method": None}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())
