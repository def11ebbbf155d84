"""The database run of deciding: waiting events in, message rows out, a batch per transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from engine import settings
from engine.catalog.facts import Facts, Shop
from engine.catalog.rules import RULES
from engine.catalog.switch import Switch
from engine.decide.decision import Decision, decide
from engine.errors import DatabaseExhausted, DatabaseUnreachable, named
from engine.store import alerts, database, facts, queries
from engine.store.database import Connection

sql = queries.load("decide")
log = structlog.get_logger()

BATCH = 100
ALERT_AFTER_TRIES = 5
REMINDERS = [rule.key for rule in RULES if rule.dunning_tier is not None]

Handled = tuple[list[dict[str, Any]], Counter[str]]
"""The messages that were written, and how many events were worked through or put aside."""
Read = Callable[[Connection, Sequence[int], datetime], tuple[facts.Around, dict[int, Facts]]]
Handle = Callable[[Connection, Sequence[Facts], Mapping[str, Switch], datetime], Handled]


def decide_all(now: datetime | None = None) -> Counter[str]:
    """Decides until nothing waits that may be decided at `now` (None: Postgres' clock); counts events and statuses."""
    total: Counter[str] = Counter()
    while tally := decide_batch(now):
        total += tally
    return total


def decide_batch(now: datetime | None = None) -> Counter[str]:
    """One transaction; empty when nothing waits or another process is deciding at this moment."""
    with settings.held():
        try:
            with database.pipelined() as connection:
                tally = _batch(connection, now, _read, _handle)
        except Exception as error:
            if isinstance(error, DatabaseUnreachable) and not isinstance(error, DatabaseExhausted):
                raise
            # One of them can't be decided. Nothing of the batch was written, so it is gone through once more, slowly.
            log.warning("batch not decided", error=named(error))
            with database.transaction() as connection:
                tally = _batch(connection, now, _read_one_by_one, _one_by_one)
    if tally:
        log.info("decided", **tally)
    return tally


def _batch(connection: Connection, now: datetime | None, read: Read, handle: Handle) -> Counter[str]:
    # The first of each record already here, so that facts are read only for what this batch decides.
    first: dict[tuple[str, int], int] = {}
    for row in connection.execute(sql.waiting, {"now": now, "most": BATCH}):
        moment = row["now"]
        first.setdefault((row["subject_table"], row["subject_id"]), row["id"])
    if not first:
        return Counter()
    around, found = read(connection, [*first.values()], moment)
    written, tally = handle(connection, _one_per_subject(found), around.switches, moment)
    tally.update(row["status"] for row in written)
    tally["failed"] += len(first) - len(found)
    return +tally + _hold_surge(connection, written, around.everyone["shop"], moment)


def _read(connection: Connection, event_ids: Sequence[int], now: datetime) -> tuple[facts.Around, dict[int, Facts]]:
    return facts.together(connection, event_ids)


def _read_one_by_one(
    connection: Connection, event_ids: Sequence[int], now: datetime
) -> tuple[facts.Around, dict[int, Facts]]:
    """What can't even be read is put aside, and the others don't suffer from it."""
    around = facts.around(connection)
    found: dict[int, Facts] = {}
    for event_id in event_ids:
        try:
            with connection.transaction():
                found |= facts.for_events(connection, [event_id], around)
        except Exception as error:
            if connection.closed:
                raise
            _set_aside(connection, event_id, error, now)
    return around, found


def _one_per_subject(found: dict[int, Facts]) -> list[Facts]:
    """Two events of one job are decided one after the other, since the second reads what the first one said."""
    first: dict[tuple[str, int], Facts] = {}
    for event_id in sorted(found):
        known = found[event_id]
        event = known.event
        first.setdefault(("job", known.job.id) if known.job else (event.subject_table, event.subject_id), known)
    return list(first.values())


def _hold_surge(connection: Connection, written: Sequence[dict[str, Any]], shop: Shop, now: datetime) -> Counter[str]:
    tally: Counter[str] = Counter()
    if limit := shop.surge_limit:
        spoke = {row["rule_key"] for row in written if row["customer_id"] and row["status"] == "queued"}
        for rule_key in sorted(spoke):
            held = connection.execute(sql.hold_surge, {"rule_key": rule_key, "now": now, "surge_limit": limit})
            tally["surge"] += len(held.fetchall())
    return +tally


def _one_by_one(
    connection: Connection, batch: Sequence[Facts], switches: Mapping[str, Switch], now: datetime
) -> Handled:
    """What can't be decided is put aside, and the others don't suffer from it."""
    written: list[dict[str, Any]] = []
    tally: Counter[str] = Counter()
    for known in batch:
        try:
            with connection.transaction():
                rows, done = _handle(connection, [known], switches, now)
        except Exception as error:
            if connection.closed:
                raise
            _set_aside(connection, known.event.id, error, now)
            tally["failed"] += 1
            continue
        written += rows
        tally += done
    return written, tally


def _handle(connection: Connection, batch: Sequence[Facts], switches: Mapping[str, Switch], now: datetime) -> Handled:
    for known in batch:
        _stop(connection, known)
    decided = [
        (_settled_join(connection, decision, known, switches, now), known)
        for known in batch
        for decision in decide(known, switches, now)
    ]
    written = write_all(connection, decided, now)
    connection.execute(sql.handled, {"now": now, "event_ids": [known.event.id for known in batch]})
    return written, Counter(events=len(batch))


def _stop(connection: Connection, known: Facts) -> None:
    """What waits and is overtaken by this event says nothing any more."""
    event = known.event
    # A cancel that was taken back before anybody looked was none; what is held goes on by itself.
    slip = event.to_status == "cancelled" and known.job is not None and known.job.status != "cancelled"
    if event.type == "job.status_changed" and event.to_status in ("cancelled", "on_hold") and not slip:
        connection.execute(sql.stop_for_job, {"to": event.to_status, "event_id": event.id, "job_id": event.subject_id})
    if event.type == "invoice.sent" and not event.quiet:
        connection.execute(sql.stop_repeats, {"event_id": event.id, "invoice_id": event.subject_id})
    # A payment that was taken back before anybody looked stops none.
    if event.type == "invoice.paid" and not (known.invoice and known.invoice.unpaid):
        stopped = {"rule_keys": REMINDERS, "event_id": event.id, "invoice_id": event.subject_id}
        connection.execute(sql.stop_reminders, stopped)


def _settled_join(
    connection: Connection, decision: Decision, known: Facts, switches: Mapping[str, Switch], now: datetime
) -> Decision:
    """A message that left in the meantime can't take one more number: the decision is made again without it."""
    if decision.joins is None or connection.execute(sql.lock_waiting, {"id": decision.joins}).fetchone():
        return decision
    without = replace(known, told=tuple(told for told in known.told if told.id != decision.joins))
    again = next(d for d in decide(without, switches, now) if d.dedupe_key == decision.dedupe_key)
    return _settled_join(connection, again, without, switches, now)


def write(connection: Connection, decision: Decision, known: Facts, now: datetime) -> dict[str, Any] | None:
    """The new row, or None when its key says that it was said before, or is about to be."""
    return next(iter(write_all(connection, [(decision, known)], now)), None)


def write_all(connection: Connection, decided: Sequence[tuple[Decision, Facts]], now: datetime) -> list[dict[str, Any]]:
    """The new rows, in one statement; one whose key says that it was said before is not among them."""
    if not decided:
        return []
    rows = [_row(decision, known) for decision, known in decided]
    written = connection.execute(sql.write, {"now": now, "rows": Jsonb(rows)}).fetchall()
    new = {(row["event_id"], row["dedupe_key"]) for row in written}
    for row in rows:
        if (
            (row["event_id"], row["dedupe_key"]) not in new
            and row["customer_id"]
            and row["status"] in ("queued", "held")
        ):
            written += connection.execute(sql.write_afresh, {**row, "now": now}).fetchall()
    return written


def _row(decision: Decision, known: Facts) -> dict[str, Any]:
    to, by = decision.to, decision.rule.by
    return {
        "event_id": known.event.id,
        "rule_key": decision.rule.key,
        "channel": by,
        "customer_id": to.customer_id,
        "staff_id": to.staff_id,
        "to_address": to.address,
        "status": decision.status,
        "reason": decision.reason,
        "detail": decision.detail,
        "dedupe_key": decision.dedupe_key,
        "send_after": decision.send_after.isoformat(),
        "rfc_message_id": settings.message_id(known.shop.email) if by == "email" else None,
        "mode": _mode(known.shop) if by in ("email", "sms") else None,
    }


def _mode(shop: Shop) -> settings.Mode:
    return settings.effective_mode(settings.environment().inkbell_delivery, shop.delivery_mode)


def _set_aside(connection: Connection, event_id: int, error: Exception, now: datetime) -> None:
    said = named(error)
    row = connection.execute(sql.try_later, {"now": now, "event_id": event_id, "error": said}).fetchone()
    assert row is not None
    log.warning("event set aside", event_id=event_id, type=row["type"], error=said)
    if row["tries"] == ALERT_AFTER_TRIES:
        alerts.tell_admins(
            connection,
            now=now,
            cause=f"event-{event_id}",
            subject="An event could not be worked through",
            body=f"Event {event_id} ({row['type']}) failed {row['tries']} times with {said}. Its messages wait; it is "
            "tried again every hour. Show this to whoever looks after Inkbell.",
            event_id=event_id,
        )
