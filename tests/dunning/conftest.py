"""A shop that reminds on weekdays from nine to four, with every reminder on."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from engine.catalog.dunning import REMINDERS
from sidecar import passes
from tests import desk, shop
from tests.desk import admin, maya

__all__ = ["admin", "maya"]

# A Tuesday; the next days are working days.
DUE = date(2026, 3, 3)
ENTERED = datetime(2026, 1, 5, 15, tzinfo=UTC)


@pytest.fixture(name="connection")
def reminding_shop(connection):
    desk.open_shop(connection, dunning_from=time(9), dunning_until=time(16))
    desk.only(connection, *(rule.key for rule in REMINDERS))
    return connection


@pytest.fixture
def owe(connection, maya):
    """An invoice that was sent long ago, with everything that was said about that out of the way."""

    def invoice(**values):
        given = {
            "customer_id": maya["id"],
            "status": "sent",
            "due_date": DUE,
            "sent_at": ENTERED,
            "created_at": ENTERED,
        }
        return shop.make_invoice(connection, **given | values)

    return invoice


@pytest.fixture
def days_after():
    """Runs the sidecar at 11 in New York, some days after DUE."""

    def run(days, hour=16, minute=0):
        day = DUE + timedelta(days=days)
        return passes.once(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC))

    return run
