"""Facts made by hand: one customer, one job, and what happened to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.catalog.facts import Artwork, Customer, Event, Facts, Invoice, Job, Shop, Told
from engine.catalog.rules import RULES
from engine.catalog.statuses import JOB_STATUSES
from engine.catalog.switch import Switch
from engine.decide.decision import Decision, decide
from tests.desk import NOW

SHOP = Shop("Bay Street Print", email="hello@example.com")
MAYA = Customer(3, "Maya Ortiz", "token", email="maya@example.com", phone="(212) 555-0123")
LABELS = {status.key: (status.label, status.customer_label, status.announce) for status in JOB_STATUSES}
MADE_JUST_BEFORE = NOW - timedelta(seconds=1)


def job(status: str = "in_production", **values: Any) -> Job:
    label, customer_label, announce = LABELS[status]
    return Job(7, "1042", "Relay team shirts", MAYA.id, status, label, customer_label, announce, **values)


def event(
    type: str, table: str = "job", subject_id: int = 7, *, id: int = 100, at=MADE_JUST_BEFORE, **payload
) -> Event:
    return Event(id, type, table, subject_id, payload, at)


def moved(to: str = "in_production", **values: Any) -> Facts:
    """The job moved from films to another status just now."""
    payload = {"from": "films", "to": to} | values.pop("payload", {})
    at = values.pop("at", MADE_JUST_BEFORE)
    known = {"shop": SHOP, "customer": MAYA, "job": job(to), "status_labels": LABELS} | values
    return Facts(event=event("job.status_changed", at=at, **payload), **known)


def proof(version: int = 1, status: str = "sent") -> Artwork:
    return Artwork(50 + version, 7, version, status, f"review{version}")


def resubmitted(version: int, **values: Any) -> Facts:
    known = {"shop": SHOP, "customer": MAYA, "job": job("art_revision_requested"), "status_labels": LABELS}
    artworks = tuple(proof(number) for number in range(1, version + 1))
    happened = event("artwork.resubmitted", "artwork", 50 + version, version=version)
    return Facts(event=happened, artworks=artworks, **known | values)


def about_invoice(type: str = "invoice.sent", status: str = "sent", payload=None, **values: Any) -> Facts:
    invoice = Invoice(9, "1001", MAYA.id, status, "USD", 48_250, 0, "pay")
    known = {"shop": SHOP, "customer": MAYA, "invoice": invoice}
    return Facts(event=event(type, "invoice", 9, **payload or {}), **known | values)


def told(rule_key: str, status: str = "sent", to_status: str = "in_production", **values: Any) -> Told:
    given = {
        "channel": "sms" if rule_key.endswith("_sms") else "email",
        "dedupe_key": f"{rule_key}:job:7:90:customer:3",
        "created_at": NOW - timedelta(hours=1),
        "event_id": 90,
        "event_type": "job.status_changed",
    }
    return Told(40, rule_key, status=status, to_status=to_status, **given | values)


def decided(facts: Facts, *on: str, since=None, now=NOW) -> dict[str, Decision]:
    """Of the rules that are on (none named: all of them), what each decided, by its key."""
    switches = {key: Switch(True, since) for key in on or [rule.key for rule in RULES]}
    return {decision.rule.key: decision for decision in decide(facts, switches, now)}


def fate(facts: Facts, rule_key: str, *also_on: str, **values: Any) -> tuple[str, str | None] | None:
    """Status and reason of this rule's message, or None where nothing is written."""
    decision = decided(facts, rule_key, *also_on, **values).get(rule_key)
    return (decision.status, decision.reason) if decision else None
