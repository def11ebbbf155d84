"""/pay/{token}: asks before it leads to Stripe, and says afterwards what has really arrived."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from engine import accounts, payments
from engine.errors import InkbellError, NotConnected, NotPayable, ProviderUnavailable
from engine.store import database, facts
from portal import invoice, paper, safety
from portal.hatch import Missing, Visit

OUT_OF_ORDER = "card payments are out of order at the moment; please try again in a minute, or pay another way"


def show(visit: Visit) -> Response:
    with database.reading() as connection:
        return invoice.page(connection, visit, "pay.html")


def go(visit: Visit) -> Response:
    """303 to Stripe's page for what is due now."""
    with database.reading() as connection:
        now = database.now(connection)
        found = accounts.invoice(connection, visit.token)
        if found is None:
            raise Missing
        # The form names the balance, so nobody is led to pay another sum than the one they read.
        if not safety.fits(visit.text("key"), visit.token, invoice.ACTION, found.balance_cents, now):
            words = "this page was open for a while; please look at the amount and press the button once more"
            return invoice.page(connection, visit, "pay.html", status=409, problem=words)
        base = safety.public_base(facts.shop(connection).public_url, visit.header("host"))
    if not base:
        return _refused(visit, 503, InkbellError(OUT_OF_ORDER))
    try:
        url = payments.checkout_url(pay_token=visit.token, now=now, return_url=f"{base}/pay/{visit.token}/thanks")
    except NotPayable as error:
        return _refused(visit, 409, error)
    except (NotConnected, ProviderUnavailable):
        # Their sentences are for the shop's people.
        return _refused(visit, 503, InkbellError(OUT_OF_ORDER))
    return RedirectResponse(url, status_code=303)


def thank(visit: Visit) -> Response:
    """Reads what is true, as anybody may open this address. Whoever waits presses "Look again"."""
    with database.reading() as connection:
        now = database.now(connection)
        found = accounts.invoice(connection, visit.token)
        if found is None:
            raise Missing
        waits = found.balance_cents > 0 and found.payment_pending_at is None and found.status == "sent"
        return paper.page(
            "thanks.html",
            facts.shop(connection),
            now,
            invoice=found,
            token=visit.token,
            waits=waits,
        )


def _refused(visit: Visit, status: int, error: InkbellError) -> Response:
    with database.reading() as connection:
        return invoice.page(connection, visit, "pay.html", status=status, problem=str(error))
