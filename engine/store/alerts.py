"""Alerts to admins: notices in the app about Inkbell itself, once per cause."""

from __future__ import annotations

from datetime import datetime

from engine.store import queries
from engine.store.database import Connection

sql = queries.load("alert")


def tell_admins(
    connection: Connection, *, now: datetime, cause: str, subject: str, body: str, event_id: int | None = None
) -> None:
    """One notice per active admin, or one for all when there is none; once per `cause` for ever.

    A cause that may come back names its outage or its day, so that the next one is told again.
    """
    connection.execute(
        sql.tell_admins, {"now": now, "event_id": event_id, "cause": cause, "subject": subject, "body": body}
    )
