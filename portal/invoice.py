"""/invoice/{token}: what is owed and what was paid, fit for printing."""

from __future__ import annotations

from starlette.responses import Response

from engine import accounts, payments
from engine.store import connections, database, facts
from engine.store.database import Connection
from portal import paper, safety
from portal.hatch import Missing, Visit

ACTION = "pay"


def show(visit: Visit) -> Response:
    with database.reading() as connection:
        return page(connection, visit, "invoice.html")


def page(connection: Connection, visit: Visit, template: str, *, status: int = 200, problem: str = "") -> Response:
    """The invoice, or the question whether to pay it."""
    now = database.now(connection)
    found = accounts.invoice(connection, visit.token)
    if found is None:
        raise Missing
    pending = found.payment_pending_at is not None and found.balance_cents > 0
    can_pay = (
        found.status == "sent"
        and not pending
        and found.balance_cents >= payments.MINIMUM_CENTS
        and connections.is_connected(connection, "stripe")
    )
    return paper.page(
        template,
        facts.shop(connection),
        now,
        status=status,
        leads_to_payment=True,
        invoice=found,
        token=visit.token,
        pending=pending,
        can_pay=can_pay,
        key=safety.form_key(visit.token, ACTION, found.balance_cents, now),
        problem=problem,
    )
