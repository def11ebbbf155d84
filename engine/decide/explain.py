"""Why did, or didn't, this send? Every rule that could speak about one job or invoice, with its verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engine.catalog import dunning
from engine.catalog.facts import Facts
from engine.catalog.reasons import REASONS, said, sentence
from engine.catalog.rule import Rule
from engine.catalog.rules import RULES
from engine.catalog.switch import Switch
from engine.decide.decision import decide
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("dry_run")

Answer = Literal["sent", "waits", "stopped", "did not fire", "off"]
_WAITING = ("queued", "held", "sending", "unknown")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`sentence` is for staff; `message_id` names the newest message the rule made here, None when it made none."""

    rule: Rule
    answer: Answer
    sentence: str
    reason: str | None = None
    message_id: int | None = None


def job(connection: Connection, job_id: int, now: datetime) -> tuple[Verdict, ...]:
    return _verdicts(connection, "job", [row["id"] for row in connection.execute(sql.of_job, {"id": job_id})], now)


def invoice(connection: Connection, invoice_id: int, now: datetime) -> tuple[Verdict, ...]:
    ids = [row["id"] for row in connection.execute(sql.of_invoice, {"id": invoice_id})]
    return _verdicts(connection, "invoice", ids, now)


def _verdicts(connection: Connection, subject: str, event_ids: Sequence[int], now: datetime) -> tuple[Verdict, ...]:
    around = records.around(connection)
    known = records.for_events(connection, event_ids, around)
    made: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for message in connection.execute(sql.messages, {"event_ids": list(event_ids)}):
        made[message["rule_key"]].append(message)
    rules = [rule for rule in RULES if rule.subject == subject]
    return tuple(_verdict(rule, made[rule.key], list(known.values()), around.switches, now) for rule in rules)


def _verdict(
    rule: Rule,
    messages: Sequence[Mapping[str, Any]],
    events: Sequence[Facts],
    switches: Mapping[str, Switch],
    now: datetime,
) -> Verdict:
    if messages:
        return _of_message(rule, messages[-1])
    switch = switches.get(rule.key, Switch(False))
    fitting = [facts for facts in events if rule.fires_on(facts.event.type) and rule.when.holds(facts)]
    if not switch.enabled:
        return Verdict(rule, "off", "The rule is off." + (" It would have fired." if fitting else ""))
    if not fitting:
        return Verdict(rule, "did not fire", f"Nothing has made it fire: it does when {rule.when.says}.")
    return _silent(rule, fitting[-1], switch, switches, now)


def _of_message(rule: Rule, message: Mapping[str, Any]) -> Verdict:
    reason = message["reason"]
    status = message["status"]
    answer: Answer = "sent" if status in ("sent", "delivered") else "waits" if status in _WAITING else "stopped"
    why = sentence(status, reason, message["detail"], message["channel"], message["mode"], message["channel_fault"])
    return Verdict(rule, answer, why, reason, message["id"])


def _silent(rule: Rule, facts: Facts, switch: Switch, switches: Mapping[str, Switch], now: datetime) -> Verdict:
    """It fits, it is on, and still there is no message."""
    if switch.enabled_at and facts.event.occurred_at < switch.enabled_at:
        return Verdict(rule, "did not fire", "It happened before the rule was switched on.")
    if dunning.is_dated(rule) and dunning.is_backlog(rule, facts, switch.options, switch.enabled_at):
        return Verdict(rule, "did not fire", REASONS["backlog"], "backlog")
    for decision in decide(facts, switches, now):
        if decision.rule.key == rule.key and decision.reason:
            return Verdict(rule, "stopped", said(decision.reason, decision.detail), decision.reason)
    return Verdict(rule, "waits", "It has just happened and is being worked through.")
