"""One reminder a day per customer: the one that matters most goes and names every debt, the others fall silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from engine.catalog import dunning
from engine.catalog.dunning import REMINDERS
from engine.catalog.facts import Facts
from engine.catalog.rule import Rule
from engine.deliver.outbox import Claim, Settled
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("outbox")

A_MOMENT = timedelta(minutes=1)
LADDER = [rule.key for rule in sorted(REMINDERS, key=lambda rule: rule.dunning_tier or 0)]
DUE_SOON, *OVERDUE = LADDER


def covered_by(rule_key: str) -> list[str]:
    """The rules whose invoices this one's email lists too: what is overdue, or what falls due soon, never both."""
    return [DUE_SOON] if rule_key == DUE_SOON else OVERDUE


def one_at_a_time(connection: Connection, claims: Iterable[Claim]) -> None:
    """Waits for whoever looks at these customers' reminders; before the facts are read, and until the transaction ends.

    Without it two senders could each find the day still free.
    """
    customers = [claim.customer_id for claim in claims if claim.rule_key in LADDER]
    if customers:
        connection.execute(sql.one_at_a_time, {"customer_ids": customers})


def overtaken(connection: Connection, claim: Claim, rule: Rule, facts: Facts, now: datetime) -> Settled | None:
    """What becomes of a reminder that may not go today because another sender's went first and named its invoice."""
    if rule.key not in LADDER or facts.invoice is None or not dunning.listed(facts.invoice, now):
        return None
    other = connection.execute(
        sql.overtook,
        {
            "id": claim.id,
            "customer_id": claim.customer_id,
            "covered": covered_by(rule.key),
            "today": dunning.local_day(now, facts.shop),
            "due_since": claim.try_after or claim.send_after,
            "now": now,
        },
    ).fetchone()
    if other is None:
        return None
    if other["status"] == "sending":
        return Settled("queued", try_after=now + A_MOMENT)
    return Settled("cancelled", "covered", f"message {other['id']}")


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
    return Settled("queued", try_after=now + A_MOMENT) if ahead else None


def cover(connection: Connection, claim: Claim, rule: Rule | None, now: datetime) -> None:
    """After a reminder went out, those whose invoices it listed have nothing left to say."""
    if rule is None or rule.key not in LADDER:
        return
    covered = covered_by(rule.key)
    connection.execute(sql.cover, {"id": claim.id, "customer_id": claim.customer_id, "covered": covered, "now": now})
