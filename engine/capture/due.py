"""Records the due dates that have passed or are near: due and not yet recorded, never "date equals today"."""

from __future__ import annotations

from datetime import datetime

from engine.catalog.rules import rule
from engine.store import database, queries

sql = queries.load("due")

BATCH = 200
"""Few enough that Postgres goes by the index however long the list of invoices is."""


def scan(now: datetime | None = None) -> int:
    """How many events it wrote. Days are those of the shop's time zone; None means Postgres' clock.

    A week of downtime loses nothing, and a thousand scans of an unchanged shop write nothing.
    """
    soon = rule("payment_due_soon_email")
    with database.transaction() as connection:
        now = now or database.now(connection)
        setting = connection.execute(sql.options, {"rule_key": soon.key}).fetchone()
        days_before = soon.chosen(setting and setting["options"])["days_before"]
        row = connection.execute(sql.due_soon, {"now": now, "days_before": days_before}).fetchone()
        written = int(row["recorded"]) if row else 0
    while True:
        with database.transaction() as connection:
            row = connection.execute(sql.overdue, {"now": now, "most": BATCH}).fetchone()
        if not row or not row["looked"]:
            return written
        written += row["recorded"]
