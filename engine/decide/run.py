"""The database run of deciding: waiting events in, message rows out, a batch per transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog

from engine import settings
from engine.catalog.facts import Facts, Shop
from engine.catalog.rules import RULES
from engine.decide.decision import Decision, Switch, decide
from engine.errors import named
from engine.store import alerts, database, facts, queries
from engine.store.database import Connection

sql = queries.load("decide")
log = structlog.get_logger()

BATCH = 100
ALERT_AFTER_TRIES = 5
REMINDERS = [rule.key for rule in RULES if rule.dunning_tier is not None]


def decide_all(now: datetime | None = None) -> Counter[str]:
    """Decides until nothing waits that may be decided at `now` (None: Postgres' clock); counts events and statuses."""
    total: Counter[str] = Counter()
    while tally := decide_batch(now):
        total += tally
    return total


def decide_batch(now: datetime | None = None) -> Counter[str]:
    """One transaction; empty when nothing waits or another process is deciding at this moment."""
    with database.transaction() as connection:
        if not _mine(connection):
            return Counter()
        moment = now or database.now(connection)
        # The first of each record already here, so that facts are read only for what this batch decides.
        first: dict[tuple[str, int], int] = {}
        for row in connection.execute(sql.waiting, {"now": moment, "most": BATCH}):
            first.setdefault((row["subject_table"], row["subject_id"]), row["id"])
        if not first:
            return Counter()
        tally = _decide(connection, _one_per_subject(facts.for_events(connection, first.values())), moment)
        log.info("decided", **tally)
        return tally


def _mine(connection: Connection) -> bool:
    row = connection.execute(sql.only_one).fetchone()
    return bool(row and row["mine"])


def _one_per_subject(found: dict[int, Facts]) -> list[Facts]:
    """Two events of one job are decided one after the other, since the second reads what the first one said."""
    first: dict[tuple[str, int], Facts] = {}
    for event_id in sorted(found):
        known = found[event_id]
        event = known.event
        first.setdefault(("job", known.job.id) if known.job else (event.subject_table, event.subject_id), known)
    return list(first.values())


def _decide(connection: Connection, batch: Iterable[Facts], now: datetime) -> Counter[str]:
    switches = {
        row["rule_key"]: Switch(row["enabled"], row["enabled_at"], row["options"])
        for row in connection.execute(sql.switches)
    }
    tally: Counter[str] = Counter()
    spoke: set[str] = set()
    limit = 0
    for known in batch:
        limit = known.shop.surge_limit
        try:
            with connection.transaction():
                written = _handle(connection, known, switches, now)
        except Exception as error:
            if connection.closed:
                raise
            _set_aside(connection, known, error, now)
            tally["failed"] += 1
            continue
        tally["events"] += 1
        tally.update(row["status"] for row in written)
        spoke.update(row["rule_key"] for row in written if row["customer_id"] and row["status"] == "queued")
    if limit:
        for rule_key in sorted(spoke):
            held = connection.execute(sql.hold_surge, {"rule_key": rule_key, "now": now, "surge_limit": limit})
            tally["surge"] += max(held.rowcount, 0)
    return +tally


def _handle(connection: Connection, known: Facts, switches: dict[str, Switch], now: datetime) -> list[dict[str, Any]]:
    event = known.event
    if event.type == "job.status_changed" and event.to_status in ("cancelled", "on_hold"):
        connection.execute(sql.stop_for_job, {"to": event.to_status, "event_id": event.id, "job_id": event.subject_id})
    if event.type == "invoice.paid":
        connection.execute(sql.stop_reminders, {"rule_keys": REMINDERS, "invoice_id": event.subject_id})
    written = [
        row
        for decision in decide(known, switches, now)
        if (row := write(connection, _settled_join(connection, decision, known, switches, now), known, now))
    ]
    connection.execute(sql.handled, {"now": now, "event_ids": [event.id]})
    return written


def _settled_join(
    connection: Connection, decision: Decision, known: Facts, switches: dict[str, Switch], now: datetime
) -> Decision:
    """A message that left in the meantime can't take one more number: the decision is made again without it."""
    if decision.joins is None or connection.execute(sql.lock_waiting, {"id": decision.joins}).fetchone():
        return decision
    without = replace(known, told=tuple(told for told in known.told if told.id != decision.joins))
    again = next(d for d in decide(without, switches, now) if d.dedupe_key == decision.dedupe_key)
    return _settled_join(connection, again, without, switches, now)


def write(connection: Connection, decision: Decision, known: Facts, now: datetime) -> dict[str, Any] | None:
    """The new row, or None when its key says that it was said before, or is about to be."""
    to = decision.to
    outward = decision.rule.by in ("email", "sms")
    row = {
        "now": now,
        "event_id": known.event.id,
        "rule_key": decision.rule.key,
        "channel": decision.rule.by,
        "customer_id": to.customer_id,
        "staff_id": to.staff_id,
        "to_address": to.address,
        "status": decision.status,
        "reason": decision.reason,
        "detail": decision.detail,
        "dedupe_key": decision.dedupe_key,
        "send_after": decision.send_after,
        "rfc_message_id": f"<{uuid4().hex}@{_own_domain(known.shop)}>" if decision.rule.by == "email" else None,
        "mode": _mode(known.shop) if outward else None,
    }
    if (new := connection.execute(sql.write, row).fetchone()) or decision.status not in ("queued", "held"):
        return new
    return connection.execute(sql.write_afresh, row).fetchone() if to.customer_id else None


def _mode(shop: Shop) -> settings.Mode:
    return settings.effective_mode(settings.environment().inkbell_delivery, shop.delivery_mode)


def _own_domain(shop: Shop) -> str:
    """Random on the left; on the right the sender's domain, so that no host name of the shop's network shows."""
    sender = settings.environment().mail_from or shop.email or ""
    domain = sender.rpartition("@")[2].strip("> ").lower()
    return domain if domain and domain.isascii() else "inkbell.invalid"


def _set_aside(connection: Connection, known: Facts, error: Exception, now: datetime) -> None:
    event = known.event
    said = named(error)
    row = connection.execute(sql.try_later, {"now": now, "event_id": event.id, "error": said}).fetchone()
    log.warning("event set aside", event_id=event.id, type=event.type, error=said)
    if row and row["tries"] == ALERT_AFTER_TRIES:
        alerts.tell_admins(
            connection,
            now=now,
            cause=f"event-{event.id}",
            subject="An event could not be worked through",
            body=f"Event {event.id} ({event.type}) failed {row['tries']} times with {said}. Its messages wait; it is "
            "tried again every hour. Show this to whoever looks after Inkbell.",
            event_id=event.id,
        )
