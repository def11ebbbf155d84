"""What customers would hear of something before somebody does it: it is done, looked at, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.decide.decision import decide
from engine.errors import InkbellError
from engine.moves import Telling, telling
from engine.store import database, queries
from engine.store import facts as records
from engine.store.database import Connection

sql = queries.load("foretell")

Deed = Callable[[Connection], Any]


def foretold(deed: Deed, now: datetime) -> tuple[Telling, ...]:
    """Every message to a customer, with its reason where it would not go out; empty where no rule speaks.

    In a transaction of its own, which never commits: no event of it is ever seen by a decider. Raises what the deed
    raises when it can't be done.
    """
    with database.rehearsal() as connection:
        row = connection.execute(sql.last).fetchone()
        deed(connection)
        caused = [event["id"] for event in connection.execute(sql.since, {"last": row["last"] if row else 0})]
        around = records.around(connection)
        return tuple(
            telling(decision, facts)
            for facts in records.for_events(connection, caused, around).values()
            for decision in decide(facts, around.switches, now)
            if decision.rule.to_customer and decision.reason != "covered"
        )


def or_nothing(deed: Deed, now: datetime) -> tuple[Telling, ...] | None:
    """The same while a form is half filled in; None as long as it can't be done."""
    try:
        return foretold(deed, now)
    except InkbellError:
        return None
