"""What a customer sees of their own: orders, packages and invoices, each behind its token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hmac import compare_digest

from engine.catalog.facts import Shipment
from engine.compose import carriers
from engine.compose.rich import Package
from engine.store import queries
from engine.store.database import Connection

q = queries.load("account")

MOST = 50
OFF_THE_ROAD = ("art_revision_requested", "on_hold", "cancelled")
"""Statuses that a job passes only when something is in the way; shown while it is in one."""

SENT_OUT = ("shipped", "delivered")


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    name: str
    company: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """`state` is done, now or ahead; `at` the last time that the job came here, where it is known."""

    label: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Order:
    id: int
    number: str
    title: str
    label: str
    quantity: int | None
    due_date: date | None
    steps: tuple[Step, ...]
    packages: tuple[Package, ...]
    review_token: str | None
    waits_for_approval: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    number: str
    status: str
    currency: str
    total_cents: int
    balance_cents: int
    due_date: date | None
    paid_at: datetime | None
    payment_pending_at: datetime | None
    pay_token: str
    job_title: str | None


@dataclass(frozen=True, slots=True)
class Invoice:
    id: int
    number: str
    status: str
    currency: str
    total_cents: int
    amount_paid_cents: int
    balance_cents: int
    po_number: str | None
    due_date: date | None
    sent_at: datetime | None
    created_at: datetime
    paid_at: datetime | None
    payment_pending_at: datetime | None
    pay_token: str
    job_number: str | None
    job_title: str | None
    job_quantity: int | None
    customer_name: str
    customer_company: str | None


@dataclass(frozen=True, slots=True)
class _Status:
    key: str
    position: int
    label: str


def customer(connection: Connection, portal_token: str) -> Customer | None:
    row = connection.execute(q.customer, {"portal_token": portal_token}).fetchone()
    if row is None or not compare_digest(row["portal_token"], portal_token):
        return None
    return Customer(row["id"], row["name"], row["company"])


def orders(connection: Connection, customer_id: int) -> tuple[Order, ...]:
    """The newest fifty, those that are over last."""
    statuses = [_Status(**row) for row in connection.execute(q.steps)]
    labels = {status.key: status.label for status in statuses}
    found = []
    for row in connection.execute(q.jobs, {"customer_id": customer_id, "most": MOST}):
        moves = {key: datetime.fromisoformat(at) for key, at in (row["moves"] or {}).items()}
        packages = [Shipment(0, row["id"], number, carrier) for carrier, number in row["packages"] or ()]
        found.append(
            Order(
                id=row["id"],
                number=row["number"],
                title=row["title"],
                label=labels[row["status"]],
                quantity=row["quantity"],
                due_date=row["due_date"],
                steps=_steps(statuses, row["status"], row["delivery_method"], row["created_at"], moves),
                packages=tuple(map(carriers.package, packages)),
                review_token=row["review_token"],
                waits_for_approval=row["proof_status"] == "sent" and row["status"] != "cancelled",
                is_over=row["status"] in ("delivered", "cancelled"),
            )
        )
    return tuple(found)


def invoices(connection: Connection, customer_id: int) -> tuple[InvoiceLine, ...]:
    rows = connection.execute(q.invoices, {"customer_id": customer_id, "most": MOST})
    return tuple(InvoiceLine(**row) for row in rows)


def invoice(connection: Connection, pay_token: str) -> Invoice | None:
    """None for a draft too: it is nobody's yet."""
    row = connection.execute(q.invoice, {"pay_token": pay_token}).fetchone()
    return Invoice(**row) if row and compare_digest(row["pay_token"], pay_token) else None


def _steps(
    statuses: list[_Status], present: str, delivery: str | None, ordered_at: datetime, moves: dict[str, datetime]
) -> tuple[Step, ...]:
    """The usual road in the shop's words; a job that left it has no place on it."""
    if present in ("on_hold", "cancelled"):
        return ()
    road = [
        status
        for status in statuses
        if status.key == present
        or (status.key not in OFF_THE_ROAD and not (delivery == "pickup" and status.key in SENT_OUT))
    ]
    here = next(place for place, status in enumerate(road) if status.key == present)
    steps: list[Step] = []
    for place, status in enumerate(road):
        at = moves.get(status.key) or (ordered_at if place == 0 else None)
        at = at if place <= here else None
        if steps and steps[-1].label == status.label:
            before = steps.pop()
            state = "now" if "now" in (before.state, _state(place, here)) else before.state
            steps.append(Step(status.label, state, before.at or at))
        else:
            steps.append(Step(status.label, _state(place, here), at))
    return tuple(steps)


def _state(place: int, here: int) -> str:
    return "done" if place < here else "now" if place == here else "ahead"
