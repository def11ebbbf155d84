"""What would these rules have sent? Decides the real events of the last days again, and writes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.catalog.facts import Facts, Told
from engine.catalog.rules import RULES
from engine.catalog.switch import as_if_always
from engine.decide.decision import Decision, as_told, decide
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("dry_run")

BATCH = 500


@dataclass(frozen=True, slots=True)
class Would:
    """One message that a rule would have made; `reason` is None for one that would have gone out."""

    event_id: int
    at: datetime
    to: str
    address: str | None
    status: str
    reason: str | None
    detail: str | None


@dataclass(slots=True)
class Preview:
    """What one rule would have done."""

    messages: list[Would] = field(default_factory=list)

    @property
    def would_send(self) -> int:
        return sum(message.status == "queued" for message in self.messages)

    @property
    def recipients(self) -> Counter[str]:
        """How many each would have got, by name."""
        return Counter(message.to for message in self.messages if message.status == "queued")

    @property
    def reasons(self) -> Counter[str]:
        return Counter(message.reason for message in self.messages if message.reason)


def last_days(
    connection: Connection, days: int, now: datetime, rule_keys: Collection[str] | None = None
) -> dict[str, Preview]:
    """By rule key, for these rules (None: all 24), as if they had been on all the time beside the ones that are.

    Each event is judged at the moment it happened, from the records as they are now and from what would have been said
    before it. Surges and one reminder a day are matters of sending, and not counted here.
    """
    asked = set(rule_keys) if rule_keys is not None else {rule.key for rule in RULES}
    switches = as_if_always(records.around(connection).switches, asked)
    previews = {rule.key: Preview() for rule in RULES if rule.key in asked}
    said: dict[int, list[Told]] = defaultdict(list)
    types = sorted({event for one in RULES if one.key in asked for event in (one.on, *one.also_on)})
    for known in _events(connection, types, days, now):
        job = known.job.id if known.job else 0
        before = (told for told in known.told if told.event_id < known.event.id and told.rule_key not in asked)
        known = replace(known, told=(*before, *(said[job] if job else ())))
        for decision in decide(known, switches, known.event.occurred_at):
            if decision.rule.key not in asked:
                continue
            previews[decision.rule.key].messages.append(_would(decision, known))
            if job and decision.to.customer_id and decision.status != "skipped":
                said[job].append(as_told(decision, known))
    return previews


def _events(connection: Connection, types: list[str], days: int, now: datetime) -> Iterator[Facts]:
    after = 0
    while True:
        page = {"now": now, "days": days, "types": types, "after": after, "most": BATCH}
        rows = connection.execute(sql.recent, page).fetchall()
        if not rows:
            return
        ids = [row["id"] for row in rows]
        found = records.for_events(connection, ids)
        yield from (found[event_id] for event_id in ids if event_id in found)
        after = ids[-1]


def _would(decision: Decision, known: Facts) -> Would:
    return Would(
        event_id=known.event.id,
        at=known.event.occurred_at,
        to=decision.to.name or decision.to.key,
        address=decision.to.address,
        status=decision.status,
        reason=decision.reason,
        detail=decision.detail,
    )
