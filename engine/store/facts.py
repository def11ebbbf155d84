"""Reads everything known about a batch of events, or of the messages they caused, as frozen records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import psycopg

from engine.catalog import dunning, forgotten, windows
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
from engine.catalog.rules import find
from engine.catalog.switch import Switch
from engine.store import queries
from engine.store.calendar import day
from engine.store.database import Connection
from engine.store.documents import Row, read, record

REMINDER_KEYS = [rule.key for rule in dunning.REMINDERS]

sql = queries.load("facts")
Asked = psycopg.Cursor[dict[str, Any]]
"""A statement whose rows have not been looked at."""


@dataclass(frozen=True, slots=True)
class Known:
    """What one statement brings of one event; the parts are those of `Facts`."""

    event: Event
    customer: Customer | None = None
    job: Job | None = None
    artworks: tuple[Artwork, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    invoice: Invoice | None = None
    job_invoice: Invoice | None = None
    owed: tuple[Invoice, ...] = ()
    reminded: tuple[Reminded, ...] = ()
    part_paid_at: datetime | None = None
    invoice_sent_at: datetime | None = None
    lead: Lead | None = None
    reorder: Reorder | None = None
    overrides: tuple[Override, ...] = ()
    suppressed: frozenset[tuple[str, str]] = frozenset()
    moves: tuple[Move, ...] = ()
    told: tuple[Told, ...] = ()


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
    return _around(connection.execute(sql.shared))


def _around(asked: Asked) -> Around:
    row = asked.fetchone()
    if row is None:
        raise LookupError("the shop row is missing; run `python -m engine migrate`")
    return Around(row["now"], **_surroundings(row["document"]))


@lru_cache(maxsize=4)
def _surroundings(document: str) -> Mapping[str, Any]:
    """Settings change a few times a day, and are read several times a message: the same text is read once."""
    row = json.loads(document)
    rules = row["rules"] or {}
    switches = {key: _switch(key, rule) for key, rule in rules.items()}
    soon = switches.get("payment_due_soon_email")
    everyone = {
        "shop": record(Shop, row["shop"] | {"timezone": windows.spelled(row["shop"]["timezone"], row["ahead"])}),
        "staff": tuple(record(Staff, person) for person in row["staff"]),
        "closed_days": frozenset(map(day, row["closed_days"] or ())),
        "due_soon_days": soon.options["days_before"] if soon and soon.enabled else None,
        "status_labels": {key: tuple(label) for key, label in (row["labels"] or {}).items()},
    }
    return {
        "everyone": everyone,
        "silent": frozenset((channel, digest) for channel, digest in row["forgotten"] or ()),
        "switches": switches,
        "on": {key: rule["enabled"] for key, rule in rules.items()},
        "versions": {key: rule["version"] for key, rule in rules.items()},
        "connections": row["connections"] or {},
    }


def _switch(key: str, row: Row) -> Switch:
    known = find(key)
    return record(Switch, {**row, "options": known.chosen(row["options"]) if known else {}})


def for_events(connection: Connection, event_ids: Iterable[int], given: Around | None = None) -> dict[int, Facts]:
    """Facts as this transaction sees them, by event id; an id without an event is left out."""
    ids = list(event_ids)
    if not ids:
        return {}
    return _found(_ask(connection, ids), given) if given else together(connection, ids)[1]


def together(connection: Connection, event_ids: Iterable[int]) -> tuple[Around, dict[int, Facts]]:
    """As `around` and `for_events`, in one trip to Postgres."""
    with connection.pipeline():
        shared, events = connection.execute(sql.shared), _ask(connection, list(event_ids))
    given = _around(shared)
    return given, _found(events, given)


def _ask(connection: Connection, event_ids: Sequence[int]) -> Asked:
    return connection.execute(sql.for_events, {"event_ids": event_ids, "reminders": REMINDER_KEYS})


def _found(asked: Asked, given: Around) -> dict[int, Facts]:
    return {row["id"]: _facts(read(Known, row["known"]), given.everyone, given.silent) for row in asked}


def for_messages(connection: Connection, event_of: Mapping[int, int], given: Around) -> dict[int, Facts]:
    return by_message(for_events(connection, set(event_of.values()), given), event_of)


def by_message(of_events: Mapping[int, Facts], event_of: Mapping[int, int]) -> dict[int, Facts]:
    """Facts by message id, for messages given as {message id: event id}; each knows which numbers it has to name."""
    return {
        message_id: replace(facts, to_announce=_to_announce(facts, message_id))
        for message_id, event_id in event_of.items()
        if (facts := of_events.get(event_id))
    }


def shop(connection: Connection) -> Shop:
    found: Shop = around(connection).everyone["shop"]
    return found


def _facts(known: Known, everyone: Mapping[str, Any], silent: frozenset[tuple[str, str]]) -> Facts:
    customer, job, invoice = known.customer, known.job, known.invoice
    staff: tuple[Staff, ...] = everyone["staff"]
    own = set(known.event.payload.get("shipment_ids") or ())
    return Facts(
        event=known.event,
        customer=customer,
        job=job,
        sales_rep=next((person for person in staff if job and person.id == job.sales_rep_id), None),
        artworks=known.artworks,
        shipments=known.shipments,
        invoice=replace(invoice, sent_at=invoice.sent_at or known.invoice_sent_at) if invoice else None,
        job_invoice=known.job_invoice,
        owed=known.owed,
        reminded=known.reminded,
        part_paid_at=known.part_paid_at if invoice and invoice.unpaid else None,
        lead=known.lead,
        reorder=known.reorder,
        overrides=known.overrides,
        suppressed=known.suppressed.union(forgotten.reached(silent, customer, job, everyone["shop"].country)),
        moves=known.moves,
        told=known.told,
        to_announce=tuple(s.id for s in known.shipments if s.id in own),
        **everyone,
    )


def _to_announce(facts: Facts, message_id: int) -> tuple[int, ...]:
    """The shipments of the message's own event and of those whose message this one, or the one it repeats, covers."""
    first = next((told.resend_of for told in facts.told if told.id == message_id), None) or message_id
    covered = {i for told in facts.told if told.covered_by == first for i in told.shipment_ids}
    return tuple(s.id for s in facts.shipments if s.id in covered or s.id in facts.to_announce)
