"""Which column of a file is what, and what its statuses mean: guessed, corrected by hand once, and remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.errors import InkbellError
from engine.imports.cells import letters
from engine.imports.sheet import Sheet
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("imports")

Kind = Literal["customers", "jobs", "invoices"]

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
MOST_STATUSES = 100
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
class Mapped:
    """Our column → the file's heading; what the file calls a status → ours."""

    columns: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)


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
    """Every status word of the file, with the one it seems to mean; None where nobody could tell.

    Raises InkbellError for a column with more of them than anybody would explain.
    """
    if column is None:
        return {}
    by_label = {letters(label): key for key, label in known.items()} | {letters(key): key for key in known}
    words = dict.fromkeys(line.get(column, "") for line in sheet.lines)
    if len(words) > MOST_STATUSES:
        raise InkbellError(
            f"{column!r} has {len(words):,} different words, too many for statuses; choose another column"
        )
    guesses: dict[str, str | None] = {}
    for word in filter(None, words):
        kept = before.statuses.get(word)
        guesses[word] = kept if kept in known else by_label.get(letters(word))
    return guesses
