"""The manners of reminders: which is due, which yields to a higher one, and when the next may come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.catalog.facts import Facts, Invoice, Shop
from engine.catalog.rule import Rule
from engine.catalog.rules import RULES, rule
from engine.catalog.windows import next_opening

DAYS_PAST_DUE = {
    "invoice_overdue_email": 1,
    "invoice_30day_escalation": 30,
    "invoice_60day_escalation": 60,
    "invoice_90day_admin_alert": 90,
}
REMINDERS = tuple(rule for rule in RULES if rule.dunning_tier is not None)

AFTER_SENDING = timedelta(days=5)
AFTER_PART_PAYMENT = timedelta(days=7)
FOR_GOOD = datetime(9999, 1, 1, tzinfo=UTC)
"""What lies behind it was written as `infinity`: nothing opens after that, and no days can be added to it."""
BETWEEN_TWO = 3
BETWEEN_TWO_WHEN_HIGHER = 1


def is_dated(one: Rule) -> bool:
    """It fires because a day has come, not because somebody did something."""
    return one.key in DAYS_PAST_DUE or one.key == "payment_due_soon_email"


def local_day(moment: datetime, shop: Shop) -> date:
    return moment.astimezone(ZoneInfo(shop.timezone)).date()


def threshold(one: Rule, due: date, options: Mapping[str, int]) -> date:
    """The first day on which the rule applies to an invoice due on `due`."""
    if one.key in DAYS_PAST_DUE:
        return due + timedelta(days=DAYS_PAST_DUE[one.key])
    return due - timedelta(days=int(options.get("days_before", dict(one.options)["days_before"])))


def is_backlog(one: Rule, facts: Facts, options: Mapping[str, int], enabled_at: datetime | None) -> bool:
    """Whether the day had come before the rule was switched on, or before the invoice was entered."""
    due, invoice = occasion(facts), facts.invoice
    if due is None or invoice is None:
        return False
    since = [local_day(at, facts.shop) for at in (enabled_at, invoice.created_at) if at]
    return bool(since) and threshold(one, due, options) < max(since)


def occasion(facts: Facts) -> date | None:
    """The due date that the event was about; the invoice's own may have been moved since."""
    # The payload of an event that is long over was emptied; its occasion stays.
    given = facts.event.payload.get("due_date") or facts.event.occasion
    return date.fromisoformat(given) if given else None


def superseded_by(one: Rule, facts: Facts, on: Mapping[str, bool], now: datetime) -> Rule | None:
    """A higher reminder that is on and whose day has come, from the facts and not from the order of events."""
    due = occasion(facts)
    if one.dunning_tier is None or due is None:
        return None
    today = local_day(now, facts.shop)
    higher = [
        other
        for other in REMINDERS
        if (other.dunning_tier or 0) > one.dunning_tier and on.get(other.key) and threshold(other, due, {}) <= today
    ]
    return max(higher, key=lambda other: other.dunning_tier or 0, default=None)


def still_owed(one: Rule, facts: Facts, now: datetime) -> bool:
    """Unpaid, with the due date the event was about; "due soon" says nothing once the day has passed."""
    invoice, due = facts.invoice, occasion(facts)
    if invoice is None or not invoice.unpaid or invoice.due_date != due:
        return False
    return one.dunning_tier != 0 or due is None or local_day(now, facts.shop) <= due


def hindrance(facts: Facts) -> str | None:
    """The reason for which a reminder is kept back without an end in sight."""
    invoice = facts.invoice
    if invoice and invoice.disputed:
        return "disputed"
    return "payment_pending" if invoice and invoice.payment_pending_at else None


def earliest(one: Rule, facts: Facts, now: datetime) -> datetime:
    """When this reminder may go: past every pause with an end and every silence, inside the hours for reminders."""
    moments = [now, *_pauses(one, facts), *_silences(facts)]
    shop = facts.shop
    if max(moments) > FOR_GOOD:
        return max(moments)
    moment = _open(max(moments), shop, facts.closed_days)
    for before in facts.reminded:
        # Kept in days: a reminder at 3 pm leaves the third morning after it free for the next.
        # Whoever sends one again has looked at it, and still there is one a day.
        soon = before.repeated or (one.dunning_tier or 0) > _tier(before.rule_key)
        gap = BETWEEN_TWO_WHEN_HIGHER if soon else BETWEEN_TWO
        free = local_day(before.at, shop) + timedelta(days=gap)
        if local_day(moment, shop) < free:
            start = datetime.combine(free, shop.dunning_from, tzinfo=ZoneInfo(shop.timezone))
            moment = _open(start, shop, facts.closed_days)
    return moment


def _pauses(one: Rule, facts: Facts) -> list[datetime]:
    customer, invoice = facts.customer, facts.invoice
    ends = [customer.messages_paused_until if customer else None, invoice.reminders_paused_until if invoice else None]
    ends += [o.until for o in facts.overrides if o.rule_key == one.key and not o.enabled]
    return [end for end in ends if end]


def _silences(facts: Facts) -> list[datetime]:
    invoice = facts.invoice
    sent = (invoice.sent_at or invoice.created_at) if invoice else None
    silences = [(sent, AFTER_SENDING), (facts.part_paid_at, AFTER_PART_PAYMENT)]
    return [since if since > FOR_GOOD else since + lapse for since, lapse in silences if since]


def _open(moment: datetime, shop: Shop, closed: frozenset[date]) -> datetime:
    for _ in range(60):
        moment = next_opening(moment, shop.timezone, shop.dunning_from, shop.dunning_until, shop.dunning_weekdays)
        day = local_day(moment, shop)
        if day not in closed:
            return moment
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=ZoneInfo(shop.timezone))
        moment = midnight
    return moment


def _tier(rule_key: str) -> int:
    return rule(rule_key).dunning_tier or 0


def listed(invoice: Invoice, now: datetime) -> bool:
    """Whether a reminder about the customer's debts names this one."""
    paused = invoice.reminders_paused_until and invoice.reminders_paused_until > now
    return invoice.unpaid and not invoice.disputed and not invoice.payment_pending_at and not paused
