"""A shop that is connected to a Stripe on loopback, and an invoice of $482.50."""

import pytest

from engine import payments
from engine.store import database
from tests import desk, shop
from tests.stripe_server import stripe_server

__all__ = ["stripe_server"]

TODAY = desk.NOW.date()


@pytest.fixture
def connection(connection):
    desk.open_shop(connection)
    return connection


@pytest.fixture
def stripe(stripe_server, monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", stripe_server.api_key)
    monkeypatch.setenv("STRIPE_API_BASE", stripe_server.url)
    return stripe_server


@pytest.fixture
def invoice(connection):
    return shop.make_invoice(connection, status="sent", total_cents=48_250)


@pytest.fixture
def checkout(invoice):
    """Presses Pay on the invoice's page, some time after the desk's NOW."""
    return lambda **lapse: payments.checkout_url(pay_token=invoice["pay_token"], now=desk.after(**lapse))


@pytest.fixture
def refresh(connection):
    """What the sidecar does; it asks about every session, whoever's turn it is."""
    return lambda **lapse: payments.refresh_open_sessions(desk.after(**lapse), at_once=True)


@pytest.fixture
def record(invoice):
    """Enters a payment by hand, in a transaction as a screen does."""

    def enter(amount_cents, actor, *, method="check", reference=None, received_on=TODAY, id=None):
        with database.transaction() as connection:
            return payments.record_payment(
                connection, id or invoice["id"], amount_cents, method, reference, received_on, actor, desk.NOW
            )

    return enter


@pytest.fixture
def invoice_now(connection, invoice):
    def read():
        return connection.execute("SELECT * FROM invoice WHERE id = %s", [invoice["id"]]).fetchone()

    return read


@pytest.fixture
def paid(connection):
    """Sum, method and provider's id of every payment."""

    def read():
        rows = connection.execute("SELECT amount_cents, method, provider_id FROM payment ORDER BY id").fetchall()
        return [tuple(row.values()) for row in rows]

    return read


@pytest.fixture
def remembered(connection):
    """Number, sum and status of every checkout, in order."""

    def read():
        rows = connection.execute("SELECT n, amount_cents, status FROM checkout_session ORDER BY id").fetchall()
        return [tuple(row.values()) for row in rows]

    return read
