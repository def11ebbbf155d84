"""Reads everything known about a batch of events, or of the messages they caused, as frozen records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from engine.catalog import dunning, forgotten
from engine.catalog.facts import (
    Artwork,
    Customer,
    Event,
    Facts,
    Invoice,
    Job,
    Lead,
    Move,
    Override,
    Reminded,
    Reorder,
    Shipment,
    Shop,
    Staff,
    Told,
)
from engine.catalog.switch import Switch
from engine.store import queries
from engine.store.database import Connection

REMINDER_KEYS = [rule.key for rule in dunning.REMINDERS]

sql = queries.load("facts")
T = TypeVar("T")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Around:
    """What all events and messages of a moment read alike; `now` is that moment, by Postgres' clock.

    `switches`: rule → its switch; `on`: rule → whether it is; `versions`: rule → the id of the shop's own wording, None
    where the default is in force; `connections`: provider → its row.
    """

    now: datetime
    everyone: Mapping[str, Any]
    silent: frozenset[tuple[str, str]]
    switches: Mapping[str, Switch]
    on: Mapping[str, bool]
    versions: Mapping[str, int | None]
    connections: Mapping[str, Row]


def around(connection: Connection) -> Around:
    row = connection.execute(sql.shared).fetchone()
    if row is None:
        raise LookupError("the shop row is missing; run `python -m engine migrate`")
    everyone = {
        "shop": record(Shop, row["shop"]),
        "staff": tuple(record(Staff, person) for person in row["staff"]),
        "closed_days": frozenset(map(day, row["closed_days"] or ())),
        "due_soon_days": row["due_soon_days"],
        "status_labels": {key: tuple(label) for key, label in (row["labels"] or {}).items()},
    }
    silent = frozenset((channel, digest) for channel, digest in row["forgotten"] or ())
    rules = row["rules"] or {}
    return Around(
        row["now"],
        everyone,
        silent,
        switches={key: record(Switch, rule) for key, rule in rules.items()},
        on={key: rule["enabled"] for key, rule in rules.items()},
        versions={key: rule["version"] for key, rule in rules.items()},
        connections=row["connections"] or {},
    )


def for_events(connection: Connection, event_ids: Iterable[int], given: Around | None = None) -> dict[int, Facts]:
    """Facts as this transaction sees them, by event id; an id without an event is left out."""
    ids = list(event_ids)
    if not ids:
        return {}
    shared = given or around(connection)
    rows = connection.execute(sql.for_events, {"event_ids": ids, "reminders": REMINDER_KEYS})
    return {row["id"]: _facts(row, shared.everyone, shared.silent) for row in rows}


def for_messages(connection: Connection, event_of: Mapping[int, int], given: Around | None = None) -> dict[int, Facts]:
    """Facts by message id, for messages given as {message id: event id}; each knows which numbers it has to name."""
    of_events = for_events(connection, set(event_of.values()), given)
    return {
        message_id: replace(facts, to_announce=_to_announce(facts, message_id))
        for message_id, event_id in event_of.items()
        if (facts := of_events.get(event_id))
    }


def shop(connection: Connection) -> Shop:
    found: Shop = around(connection).everyone["shop"]
    return found


def _facts(row: Row, everyone: Mapping[str, Any], silent: frozenset[tuple[str, str]]) -> Facts:
    job = one(Job, row["job"] if row["job"] and row["job"].get("id") else None)
    customer = one(Customer, row["customer"])
    staff: tuple[Staff, ...] = everyone["staff"]
    event = record(Event, row["event"])
    own = set(event.payload.get("shipment_ids") or ())
    shipments = many(Shipment, row["shipments"])
    return Facts(
        event=event,
        customer=customer,
        job=job,
        sales_rep=next((person for person in staff if job and person.id == job.sales_rep_id), None),
        artworks=many(Artwork, row["artworks"]),
        shipments=shipments,
        invoice=one(Invoice, row["invoice"]),
        job_invoice=one(Invoice, row["job_invoice"]),
        owed=many(Invoice, row["owed"]),
        reminded=tuple(Reminded(key, moment(at)) for key, at in row["reminded"] or ()),
        part_paid_at=row["part_paid_at"],
        lead=one(Lead, row["lead"]),
        reorder=one(Reorder, row["reorder"] if row["reorder"] and row["reorder"].get("id") else None),
        overrides=many(Override, row["overrides"]),
        suppressed=frozenset(
            [
                *((channel, address) for channel, address in row["suppressed"] or ()),
                *forgotten.reached(silent, customer, job, everyone["shop"].country),
            ]
        ),
        moves=tuple(Move(i, before, to, moment(at)) for i, before, to, at in row["moves"] or ()),
        told=many(Told, row["told"]),
        to_announce=tuple(s.id for s in shipments if s.id in own),
        **everyone,
    )


def _to_announce(facts: Facts, message_id: int) -> tuple[int, ...]:
    """The shipments of the message's own event and of those whose message this one, or the one it repeats, covers."""
    first = next((told.resend_of for told in facts.told if told.id == message_id), None) or message_id
    covered = {i for told in facts.told if told.covered_by == first for i in told.shipment_ids}
    return tuple(s.id for s in facts.shipments if s.id in covered or s.id in facts.to_announce)


def one(kind: type[T], row: Row | None) -> T | None:
    return record(kind, row) if row else None


def many(kind: type[T], rows: Iterable[Row] | None) -> tuple[T, ...]:
    return tuple(record(kind, row) for row in rows or ())


def moment(text: str) -> datetime:
    """Postgres reaches further than Python: `infinity`, or a year with a digit too many, is the last moment we know."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.combine(day(text), time(), UTC)


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        # A day off both ends, so that no time zone leads over them.
        return date(1, 1, 2) if text.startswith("-") or text.endswith("BC") else date(9999, 12, 30)


def record(kind: type[T], row: Row) -> T:
    """From a row as JSON; columns that the record does not name are left out, nulls take its default."""
    readers = _readers(kind)  # type: ignore[arg-type]
    return kind(**{name: readers[name](value) for name, value in row.items() if name in readers and value is not None})


@cache
def _readers(kind: type) -> Mapping[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    kinds = {hint, *get_args(hint)}
    if datetime in kinds:
        return moment
    if date in kinds:
        return day
    if time in kinds:
        return time.fromisoformat
    if get_origin(hint) is tuple:
        return tuple
    return lambda value: value
