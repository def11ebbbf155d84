"""The rules as the shop runs them: how each one does, its options, its history, and what it has left unsaid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from engine import access, rule_switch
from engine.catalog import dunning
from engine.catalog.facts import Facts
from engine.catalog.rule import Rule
from engine.catalog.rules import RULES
from engine.catalog.switch import Switch
from engine.decide import run as deciding
from engine.decide.decision import Decision, decide
from engine.errors import Conflict, InkbellError
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("automations")

DAYS = 30
MOST_BACKLOG = 200
LIMITS = {"days_before": (1, 30)}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one rule does. `sent_by_day` ends today and has a place for every one of the last 30 days."""

    rule: Rule
    enabled: bool
    enabled_at: datetime | None
    options: Mapping[str, int]
    last_sent_at: datetime | None
    sent_by_day: tuple[int, ...]
    failed: int

    @property
    def sent(self) -> int:
        return sum(self.sent_by_day)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a rule's history; `actor` is a name where the person has one."""

    at: datetime
    actor: str
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A reminder that the rule would have sent had it been on. `reason` is None when it can go out now."""

    event_id: int
    invoice: str
    customer: str
    due_date: date
    balance_cents: int
    currency: str
    to: str | None
    reason: str | None
    send_after: datetime


def standings(connection: Connection, now: datetime) -> tuple[Standing, ...]:
    """All 24 in the catalog's order; days are those of the shop's clock."""
    settings = {row["rule_key"]: row for row in connection.execute(sql.rules)}
    today = dunning.local_day(now, records.shop(connection))
    days = [today - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    counted: dict[str, dict[date, Any]] = defaultdict(dict)
    for row in connection.execute(sql.days, {"rule_keys": list(settings), "now": now, "days": DAYS}):
        counted[row["rule_key"]][row["day"]] = row
    return tuple(
        Standing(
            rule=rule,
            enabled=settings[rule.key]["enabled"],
            enabled_at=settings[rule.key]["enabled_at"],
            options=rule.chosen(settings[rule.key]["options"]),
            last_sent_at=settings[rule.key]["last_sent_at"],
            sent_by_day=tuple(counted[rule.key][day]["sent"] if day in counted[rule.key] else 0 for day in days),
            failed=sum(row["failed"] for row in counted[rule.key].values()),
        )
        for rule in RULES
        if rule.key in settings
    )


def history(connection: Connection, rule_key: str, most: int = 20) -> tuple[Entry, ...]:
    """Who switched it, changed its options or its wording, or sent its backlog; the latest first."""
    rows = connection.execute(sql.history, {"subject": f"rule:{rule_key}", "most": most})
    return tuple(
        Entry(row["created_at"], row["actor"], row["action"], row["before"] or {}, row["after"] or {}) for row in rows
    )


def set_option(
    connection: Connection, rule_key: str, name: str, value: int, *, actor: access.Actor, now: datetime
) -> bool:
    """False when it had that value already."""
    access.require(connection, actor, "admin")
    rule = rule_switch.known(rule_key)
    if name not in dict(rule.options):
        raise InkbellError(f"rule {rule_key!r} has no option {name!r}; it has {sorted(dict(rule.options)) or 'none'}")
    least, most = LIMITS[name]
    if not least <= value <= most:
        raise InkbellError(f"{name.replace('_', ' ')} can't be {value!r}; choose {least} to {most}")
    values = {"key": rule_key, "options": Jsonb({name: value}), "actor": access.name(actor), "now": now}
    return connection.execute(sql.set_options, values).fetchone() is not None


def backlog(connection: Connection, rule_key: str, now: datetime) -> tuple[Unsaid, ...]:
    """What a date rule has left unsaid about debts that are still open; empty for every other rule."""
    rule = rule_switch.known(rule_key)
    return tuple(_unsaid(known, decision) for known, decision in _open(connection, rule, now))


def send_backlog(
    connection: Connection, rule_key: str, event_ids: Collection[int], actor: access.Actor, now: datetime
) -> int:
    """Queues the picked ones that are still open, and says how many wait now. The surge guard lets them pass.

    Raises Conflict while the rule is off, for then the last look would stop them.
    """
    access.require(connection, actor, "admin")
    rule = rule_switch.known(rule_key)
    connection.execute(sql.one_decider)
    switch = records.around(connection).switches.get(rule_key)
    if switch is None or not switch.enabled:
        raise Conflict(f"rule {rule_key!r} is off; switch it on before its backlog is sent")
    picked = set(event_ids)
    written = [
        row
        for known, decision in _open(connection, rule, now)
        if known.event.id in picked and (row := deciding.write(connection, decision, known, now))
    ]
    queued = [row["id"] for row in written if row["status"] == "queued"]
    if written:
        connection.execute(sql.release, {"ids": queued, "now": now})
        _record(connection, rule_key, {"queued": len(queued), "events": sorted(picked)}, actor, now)
    return len(queued)


def _open(connection: Connection, rule: Rule, now: datetime) -> list[tuple[Facts, Decision]]:
    if not dunning.is_dated(rule):
        return []
    asked = {"event_type": rule.on, "rule_key": rule.key, "most": MOST_BACKLOG}
    ids = [row["id"] for row in connection.execute(sql.backlog, asked)]
    around = records.around(connection)
    found = records.for_events(connection, ids, around)
    return [
        (found[event_id], decision)
        for event_id in ids
        if event_id in found and dunning.still_owed(rule, found[event_id], now)
        for decision in _as_if_on(rule, found[event_id], around.switches, now)
    ]


def _as_if_on(rule: Rule, known: Facts, switches: Mapping[str, Switch], now: datetime) -> list[Decision]:
    """As if it had been on for ever, and the invoice had been entered before its day."""
    invoice = known.invoice
    if invoice is None:
        return []
    since = replace(invoice, created_at=None, sent_at=invoice.sent_at or invoice.created_at)
    on = {**switches, rule.key: replace(switches.get(rule.key, Switch(True)), enabled=True, enabled_at=None)}
    return [decision for decision in decide(replace(known, invoice=since), on, now) if decision.rule.key == rule.key]


def _unsaid(known: Facts, decision: Decision) -> Unsaid:
    invoice, due = known.invoice, dunning.occasion(known)
    assert invoice is not None
    assert due is not None
    return Unsaid(
        event_id=known.event.id,
        invoice=invoice.number,
        customer=known.customer.name if known.customer else "",
        due_date=due,
        balance_cents=invoice.balance_cents,
        currency=invoice.currency,
        to=decision.to.address or decision.to.name or None,
        reason=decision.reason,
        send_after=decision.send_after,
    )


def _record(
    connection: Connection, rule_key: str, after: Mapping[str, Any], actor: access.Actor, now: datetime
) -> None:
    connection.execute(
        sql.record,
        {
            "now": now,
            "actor": access.name(actor),
            "action": "rule.backlog_sent",
            "subject": f"rule:{rule_key}",
            "before": None,
            "after": Jsonb(after),
        },
    )
