"""/p/{token}: a customer's orders, packages and invoices, and another run of something they had."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from engine import accounts, reorders
from engine.store import database, facts
from engine.store.database import Connection
from portal import paper, safety
from portal.hatch import Missing, Visit

ACTION = "reorder"


def show(visit: Visit) -> Response:
    with database.reading() as connection:
        return _page(connection, visit)


def reorder(visit: Visit) -> Response:
    with database.transaction() as connection:
        now = database.now(connection)
        customer = accounts.customer(connection, visit.token)
        if customer is None:
            raise Missing
        job, seen = visit.text("job"), visit.text("seen")
        if not _is_number(job) or not _is_number(seen):
            return _page(connection, visit, status=400, problem="please send the form once more")
        if not safety.fits(visit.text("key"), visit.token, ACTION, f"{job}:{seen}", now):
            words = "this page was open for a while; please press the button once more"
            return _page(connection, visit, status=409, problem=words)
        try:
            reorders.request(
                connection,
                customer.id,
                int(job),
                quantity=visit.text("quantity"),
                note=visit.text("note"),
                seen=int(seen),
                now=now,
            )
        except reorders.Unfit as error:
            return _page(connection, visit, status=422, problem=str(error))
        except reorders.TooMany as error:
            return _page(connection, visit, status=429, problem=str(error))
    return RedirectResponse(f"/p/{visit.token}?asked=1", status_code=303)


def _page(connection: Connection, visit: Visit, *, status: int = 200, problem: str = "") -> Response:
    now = database.now(connection)
    customer = accounts.customer(connection, visit.token)
    if customer is None:
        raise Missing
    orders = accounts.orders(connection, customer.id)
    seen = reorders.so_far(connection, customer.id)
    invoices = accounts.invoices(connection, customer.id)
    return paper.page(
        "account.html",
        facts.shop(connection),
        now,
        status=status,
        customer=customer,
        token=visit.token,
        orders=orders,
        owed=[line for line in invoices if line.status == "sent"],
        settled=[line for line in invoices if line.status != "sent"],
        asked="asked" in visit.query,
        seen=seen,
        keys={order.id: safety.form_key(visit.token, ACTION, f"{order.id}:{seen}", now) for order in orders},
        problem=problem,
        typed={name: visit.text(name) for name in ("job", "quantity", "note")},
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
