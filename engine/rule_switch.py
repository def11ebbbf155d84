"""Switching a rule on or off."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches

from engine import access
from engine.catalog import rules
from engine.catalog.rule import Rule
from engine.errors import NotConnected, UnknownRule
from engine.store import connections, queries
from engine.store.database import Connection

_HOW = {
    "twilio": ("Twilio", "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM"),
    "stripe": ("Stripe", "STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET"),
}


def known(key: str) -> Rule:
    """The rule of that key; raises UnknownRule with the keys that look like it."""
    found = rules.find(key)
    if found is None:
        raise UnknownRule(key, near=get_close_matches(key, [rule.key for rule in rules.RULES], n=2))
    return found


def enable(connection: Connection, key: str, *, actor: access.Actor, now: datetime) -> bool:
    """False when it was on already; raises NotConnected while the provider that it needs is missing."""
    access.require(connection, actor, "admin")
    rule = known(key)
    if rule.needs and not connections.is_connected(connection, rule.needs):
        provider, names = _HOW[rule.needs]
        raise NotConnected(f"rule {key!r} needs {provider}; connect it on Settings → Connections, or set {names}")
    return _turn(connection, key, True, actor, now)


def disable(connection: Connection, key: str, *, actor: access.Actor, now: datetime) -> bool:
    """False when it was off already."""
    access.require(connection, actor, "admin")
    known(key)
    return _turn(connection, key, False, actor, now)


def _turn(connection: Connection, key: str, enabled: bool, actor: access.Actor, now: datetime) -> bool:
    values = {"key": key, "enabled": enabled, "actor": access.name(actor), "now": now}
    return connection.execute(queries.load("rule_switch").turn, values).fetchone() is not None
