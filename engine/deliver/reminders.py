"""One reminder a day per customer: the one that matters most goes and names every debt, the others fall silent."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.catalog.dunning import REMINDERS
from engine.catalog.facts import Facts
from engine.catalog.rule import Rule
from engine.deliver.outbox import Claim, Settled
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("outbox")

LADDER = [rule.key for rule in sorted(REMINDERS, key=lambda rule: rule.dunning_tier or 0)]


def yields(connection: Connection, claim: Claim, rule: Rule, facts: Facts, now: datetime) -> Settled | None:
    """Steps back for a minute when another of the customer's reminders comes first; that one will cover this."""
    if rule.dunning_tier is None or facts.invoice is None:
        return None
    ahead = connection.execute(
        sql.ahead,
        {
            "id": claim.id,
            "customer_id": claim.customer_id,
            "rule_key": rule.key,
            "due_date": facts.invoice.due_date,
            "ladder": LADDER,
            "now": now,
        },
    ).fetchone()
    return Settled("queued", try_after=now + timedelta(minutes=1)) if ahead else None


def cover(connection: Connection, claim: Claim, rule: Rule | None, now: datetime) -> None:
    """After a reminder of debts went out. One that is only due soon is in no list, so it keeps its own email."""
    if rule is None or not rule.dunning_tier:
        return
    covered = [key for key in LADDER if key != "payment_due_soon_email"]
    connection.execute(sql.cover, {"id": claim.id, "customer_id": claim.customer_id, "covered": covered, "now": now})
