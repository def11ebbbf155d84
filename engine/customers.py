"""Customers as the shop keeps them: whom to reach, how, and when not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine import access
from engine.catalog.recipients import e164, mailbox
from engine.catalog.rules import RULES
from engine.errors import Conflict, InkbellError, UnknownRule
from engine.store import calendar, queries
from engine.store import facts as records
from engine.store.database import Connection

sql = queries.load("customer")

PER_PAGE = 25
WAYS = ("pickup", "ship", "deliver")
FIELDS = ("name", "company", "email", "billing_email", "cc_emails", "phone", "delivery_method", "texts_allowed")
"""What a person may type. `texts_allowed` is kept as the moment at which the consent was recorded."""

LONGEST = 200

OVERRIDABLE = tuple(rule for rule in RULES if rule.to_customer)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    name: str
    company: str | None
    email: str | None
    billing_email: str | None
    cc_emails: tuple[str, ...]
    phone: str | None
    delivery_method: str | None
    sms_consent_at: datetime | None
    messages_paused_until: datetime | None

    @property
    def reachable(self) -> bool:
        return bool((self.email or "").strip() or (self.phone or "").strip())


@dataclass(frozen=True, slots=True)
class Override:
    """A rule that says nothing to this customer; until None means for good."""

    rule_key: str
    until: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Suppressed:
    channel: str
    address: str
    reason: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Whole:
    customer: Customer
    overrides: tuple[Override, ...]
    suppressed: tuple[Suppressed, ...]


@dataclass(frozen=True, slots=True)
class Page:
    customers: tuple[Customer, ...]
    total: int


def page(
    connection: Connection, *, search: str = "", unreachable: bool = False, number: int = 1, most: int = PER_PAGE
) -> Page:
    """By name; pages count from 1. Words look through names and addresses, digits through phone numbers."""
    words = search.strip()
    wanted = {
        "search": words or None,
        "digits": "".join(filter(str.isdigit, words)),
        "unreachable": unreachable,
        "limit": most,
        "offset": most * (number - 1),
    }
    rows = connection.execute(sql.page, wanted).fetchall()
    return Page(tuple(map(_customer, rows)), rows[0]["total"] if rows else 0)


def find(connection: Connection, customer_id: int) -> Whole | None:
    row = connection.execute(sql.one, {"id": customer_id}).fetchone()
    if row is None:
        return None
    overrides = tuple(
        Override(o["rule_key"], calendar.moment(o["until"]) if o["until"] else None, o["reason"])
        for o in row["overrides"] or ()
        if not o["enabled"]
    )
    return Whole(_customer(row), overrides, tuple(Suppressed(**s) for s in row["suppressed"] or ()))


def create(connection: Connection, values: Mapping[str, Any], *, actor: access.Actor, now: datetime) -> int:
    access.require(connection, actor, "admin", "sales")
    row = checked(values, records.shop(connection).country)
    row["sms_consent_at"] = now if row.pop("texts_allowed", False) else None
    made = connection.execute(sql.create, {**dict.fromkeys(FIELDS), **row, "now": now}).fetchone()
    assert made is not None
    _record(connection, made["id"], "customer.created", None, row, actor, now)
    return int(made["id"])


def of_lead(connection: Connection, lead_id: int, *, actor: access.Actor, now: datetime) -> int:
    """The id of the customer that a lead becomes. Raises Conflict when they are one already."""
    access.require(connection, actor, "admin", "sales")
    book = queries.load("enquiry")
    connection.execute(book.hold_lead, {"id": lead_id})
    lead = connection.execute(book.leads, {"id": lead_id, "limit": 1, "offset": 0}).fetchone()
    if lead is None:
        raise Conflict(f"there is no lead with the id {lead_id!r} any more; look again")
    if lead["customer_id"]:
        raise Conflict(f"{lead['name']!r} is a customer already; look again")
    values = {name: lead[name] for name in ("name", "company", "email", "phone")}
    return create(connection, values, actor=actor, now=now)


def change(
    connection: Connection, customer_id: int, values: Mapping[str, Any], *, actor: access.Actor, now: datetime
) -> list[str]:
    """The columns that changed. Raises InkbellError naming the first value that can't be used."""
    access.require(connection, actor, "admin", "sales")
    before = _held(connection, customer_id)
    after = checked({"name": before["name"], **values}, records.shop(connection).country)
    if (allowed := after.pop("texts_allowed", None)) is not None:
        after["sms_consent_at"] = (before["sms_consent_at"] or now) if allowed else None
    return _write(connection, before, before | after, "customer.changed", actor, now)


def pause(
    connection: Connection, customer_id: int, until: datetime | None, *, actor: access.Actor, now: datetime
) -> bool:
    """Nothing goes to them before `until`; None ends the pause. False when it was so already."""
    access.require(connection, actor, "admin", "sales")
    before = _held(connection, customer_id)
    action = "customer.paused" if until else "customer.resumed"
    return bool(_write(connection, before, before | {"messages_paused_until": until}, action, actor, now))


def switch_off(
    connection: Connection,
    customer_id: int,
    rule_key: str,
    *,
    until: datetime | None,
    reason: str,
    actor: access.Actor,
    now: datetime,
) -> None:
    """The rule says nothing to this customer; until None means for good."""
    access.require(connection, actor, "admin", "sales")
    if rule_key not in {rule.key for rule in OVERRIDABLE}:
        raise UnknownRule(rule_key)
    _held(connection, customer_id)
    given = {"rule_key": rule_key, "until": until, "reason": reason.strip()[:LONGEST] or None}
    before = connection.execute(sql.overridden, {"id": customer_id, "rule_key": rule_key}).fetchone()
    connection.execute(sql.override, {"id": customer_id, **given})
    _record(connection, customer_id, "customer.rule_off", before, given, actor, now)


def switch_on(connection: Connection, customer_id: int, rule_key: str, *, actor: access.Actor, now: datetime) -> bool:
    access.require(connection, actor, "admin", "sales")
    lifted = connection.execute(sql.lift_override, {"id": customer_id, "rule_key": rule_key}).fetchone()
    if lifted:
        _record(connection, customer_id, "customer.rule_on", lifted, {}, actor, now)
    return lifted is not None


def checked(values: Mapping[str, Any], country: str) -> Row:
    """The values as they are kept; raises InkbellError with what to correct. Empty text means none."""
    row: Row = {}
    for name in FIELDS:
        if name not in values:
            continue
        value = values[name]
        value = value.strip() or None if isinstance(value, str) else value
        row[name] = value
    if "name" in row and not row["name"]:
        raise InkbellError("a customer needs a name; enter one")
    for name in ("email", "billing_email"):
        if row.get(name) and mailbox(row[name]) is None:
            raise InkbellError(f"{row[name]!r} is no email address; correct it")
    if row.get("phone") and e164(row["phone"], country) is None:
        raise InkbellError(f"{row['phone']!r} is no phone number; correct it")
    if row.get("delivery_method") and row["delivery_method"] not in WAYS:
        raise InkbellError(f"delivery method can't be {row['delivery_method']!r}; choose one of {', '.join(WAYS)}")
    if isinstance(row.get("cc_emails"), str):
        row["cc_emails"] = [part.strip() for part in row["cc_emails"].replace(";", ",").split(",") if part.strip()]
    if "cc_emails" in row:
        row["cc_emails"] = list(row["cc_emails"] or ()) or None
    for copy in row.get("cc_emails") or ():
        if mailbox(copy) is None:
            raise InkbellError(f"{copy!r} is no email address; correct it")
    for name in ("name", "company"):
        if row.get(name) and len(row[name]) > LONGEST:
            raise InkbellError(f"{name} is too long; keep it under {LONGEST} characters")
    return row


def _customer(row: Row) -> Customer:
    kept = {name: row[name] for name in Customer.__slots__ if name != "cc_emails"}
    return Customer(**kept, cc_emails=tuple(row["cc_emails"] or ()))


def _held(connection: Connection, customer_id: int) -> Row:
    row = connection.execute(sql.held, {"id": customer_id}).fetchone()
    if row is None:
        raise Conflict(f"there is no customer with the id {customer_id!r} any more; look again")
    return row


def _write(
    connection: Connection, before: Row, after: Row, action: str, actor: access.Actor, now: datetime
) -> list[str]:
    changed = [name for name in before if before[name] != after[name]]
    if changed:
        connection.execute(sql.change, after)
        was, will = ({name: row[name] for name in changed} for row in (before, after))
        _record(connection, before["id"], action, was, will, actor, now)
    return changed


def _record(
    connection: Connection,
    customer_id: int,
    action: str,
    before: Row | None,
    after: Row,
    actor: access.Actor,
    now: datetime,
) -> None:
    entry = {"now": now, "actor": access.name(actor), "action": action, "id": customer_id}
    shown = [Jsonb(_shown(row)) if row is not None else None for row in (before, after)]
    connection.execute(sql.record, {**entry, "before": shown[0], "after": shown[1]})


def _shown(row: Row) -> Row:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
