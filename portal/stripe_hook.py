"""/hooks/stripe: what became of checkouts, told by Stripe itself."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from engine.payments import hook
from engine.store import database
from portal.hatch import Visit


def receive(visit: Visit) -> Response:
    """200 once it is written, repeats included; anything else makes Stripe try again for three days."""
    try:
        with database.transaction() as connection:
            now = database.now(connection)
            outcome = hook.receive(connection, visit.body, visit.header("stripe-signature"), now=now)
    except hook.Forged:
        return PlainTextResponse("not signed by Stripe\n", status_code=400)
    except hook.Unreadable:
        return PlainTextResponse("no checkout session\n", status_code=400)
    return PlainTextResponse(f"{outcome}\n")
