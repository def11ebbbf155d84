"""Reorders that customers ask for on their page."""

from __future__ import annotations

from datetime import datetime

from engine.errors import InkbellError
from engine.store import queries
from engine.store.database import Connection

q = queries.load("reorder")

LONGEST_NOTE = 2000
MOST_PIECES = 1_000_000
MOST_PER_HOUR = 30


class Unfit(InkbellError):
    """A field can't be taken as it is; `field` says which."""

    def __init__(self, field: str, says: str) -> None:
        self.field = field
        super().__init__(says)


class TooMany(InkbellError):
    """More within the hour than a customer has orders to repeat."""


def so_far(connection: Connection, customer_id: int) -> int:
    """How many this customer has asked for; whoever shows a form hands it to `request` as `seen`."""
    row = connection.execute(q.count, {"customer_id": customer_id}).fetchone()
    return int(row["count"]) if row else 0


def request(
    connection: Connection, customer_id: int, job_id: int, *, quantity: str, note: str, seen: int, now: datetime
) -> bool:
    """
    False when this form was taken already.

    Raises Unfit, and TooMany beyond 30 an hour; another customer's job is as good as none.
    """
    connection.execute(queries.load("account").hold_customer, {"id": customer_id})
    if connection.execute(q.own_job, {"job_id": job_id, "customer_id": customer_id}).fetchone() is None:
        raise Unfit("job", "there is no such order any more; look again")
    pieces = _pieces(quantity)
    if len(note) > LONGEST_NOTE:
        raise Unfit("note", f"please keep this under {LONGEST_NOTE:,} characters")
    wish = {"customer_id": customer_id, "job_id": job_id, "quantity": pieces, "note": note.strip() or None}
    if connection.execute(q.repeated, {**wish, "seen": seen}).fetchone() is not None:
        return False
    count = connection.execute(q.of_the_hour, {"customer_id": customer_id, "now": now}).fetchone()
    if count and count["count"] >= MOST_PER_HOUR:
        raise TooMany("too many reorders were asked for within the hour; call us instead")
    connection.execute(q.speak_for)
    connection.execute(q.request, {**wish, "now": now})
    return True


def _pieces(quantity: str) -> int | None:
    given = quantity.strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 7 and 0 < int(given) <= MOST_PIECES):
        raise Unfit("quantity", "please give the quantity as a number, such as 48")
    return int(given)
