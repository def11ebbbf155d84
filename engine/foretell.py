"""What customers would hear of something before somebody does it: it is done, looked at, and taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.catalog.facts import Facts, Told
from engine.catalog.switch import Switch
from engine.decide.decision import Decision, as_told, decide
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
        known = records.for_events(connection, caused, around)
        return tuple(
            telling(decision, facts)
            for decision, facts in _in_a_row([known[event_id] for event_id in sorted(known)], around.switches, now)
            if decision.reason != "covered" or decision.joins
        )


def _in_a_row(
    known: Sequence[Facts], switches: Mapping[str, Switch], now: datetime
) -> Iterator[tuple[Decision, Facts]]:
    """As the decider goes through them: the second event of a job reads what the first one said."""
    keys: set[str] = set()
    said: dict[int | None, list[Told]] = defaultdict(list)
    for facts in known:
        of_job = said[facts.job.id if facts.job else None]
        for decision in decide(replace(facts, told=(*facts.told, *of_job)), switches, now):
            if decision.rule.to_customer and decision.dedupe_key not in keys:
                keys.add(decision.dedupe_key)
                yield decision, facts
                if decision.status != "skipped":
                    of_job.append(as_told(decision, facts))


def or_nothing(deed: Deed, now: datetime) -> tuple[Telling, ...] | None:
    """The same while a form is half filled in; None as long as it can't be done."""
    try:
        return foretold(deed, now)
    except InkbellError:
        return None
