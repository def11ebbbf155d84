"""What would a rule do with this record? Its facts as if the rule's event had happened to it a moment ago."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine.catalog.facts import Event, Facts
from engine.catalog.rule import Rule
from engine.catalog.statuses import JOB_STATUSES
from engine.catalog.switch import as_if_always
from engine.decide.decision import Decision, decide
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("as_if")


@dataclass(frozen=True, slots=True)
class Would:
    """`decisions` has one for each recipient, as if the rule were on; none when it does not fire on such a record."""

    subject_id: int
    facts: Facts
    decisions: tuple[Decision, ...]


def happened(connection: Connection, rule: Rule, words: str, now: datetime) -> Would | None:
    """None when there is no such record. `words`: a job's or invoice's number, or how a lead's or customer's name
    begins. Nothing is written: the event is rolled back before anybody can see it.
    """
    found = connection.execute(getattr(sql, rule.subject), {"words": words.strip().lstrip("#")}).fetchone()
    if found is None:
        return None
    given, around = _event(connection, rule, found), records.around(connection)
    with connection.transaction(force_rollback=True):
        row = connection.execute(sql.happen, {**given, "payload": Jsonb(given["payload"]), "now": now}).fetchone()
        assert row is not None
        facts = records.for_events(connection, [row["id"]], around)[row["id"]]
    facts = _moved(rule, facts) if facts.event.type == "job.status_changed" else facts
    switches = as_if_always(around.switches, [rule.key])
    decisions = tuple(decision for decision in decide(facts, switches, now) if decision.rule.key == rule.key)
    return Would(found["id"], facts, decisions)


def _event(connection: Connection, rule: Rule, found: Mapping[str, Any]) -> dict[str, Any]:
    """Type, subject and payload, as the triggers write them."""
    here = {"type": rule.on, "table": rule.subject, "id": found["id"], "payload": {}}
    match rule.on.split(".")[0], rule.on:
        case "artwork", _:
            proof = connection.execute(sql.artwork, {"job_id": found["id"]}).fetchone()
            return here | {
                "table": "artwork" if proof else "job",
                "id": proof["id"] if proof else found["id"],
                "payload": {"version": proof["version"]} if proof else {},
            }
        case _, "job.tracking_added":
            row = connection.execute(sql.shipments, {"job_id": found["id"]}).fetchone()
            return here | {"payload": {"shipment_ids": row["ids"] if row else []}}
        case _, "job.status_changed":
            return here | {"payload": {"from": _before(found["status"]), "to": found["status"]}}
        case "reorder", _:
            return here | {"table": "reorder_request"}
        case "invoice", _ if found["due_date"]:
            return here | {"payload": {"due_date": found["due_date"].isoformat()}}
    return here


def _before(status: str) -> str:
    """The status that jobs come from."""
    keys = [one.key for one in JOB_STATUSES]
    return keys[max(keys.index(status) - 1, 0)] if status in keys else ""


def _moved(rule: Rule, facts: Facts) -> Facts:
    """With the job in the status that the rule waits for: the one it is in, or the first that makes the rule fire."""
    job, labels = facts.job, facts.status_labels or {}
    if job is None:
        return facts
    for status in (job.status, *labels):
        moved = replace(facts, event=_into(facts.event, status))
        if rule.when.holds(moved):
            label, said, announce = labels.get(status, (job.label, job.customer_label, job.announce))
            there = replace(job, status=status, label=label, customer_label=said, announce=announce)
            return replace(moved, job=there)
    return facts


def _into(event: Event, status: str) -> Event:
    came_from = event.from_status if status == event.to_status else event.to_status
    return replace(event, payload={**event.payload, "from": came_from, "to": status})
