"""Decides one event: which messages it makes, and for those that will not go out, the reason. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.catalog import dunning
from engine.catalog.facts import Facts, Told
from engine.catalog.recipients import Recipient, recipients
from engine.catalog.rule import SMS, Rule
from engine.catalog.rules import rules_for
from engine.catalog.switch import Switch
from engine.catalog.windows import next_opening

TOLD_ALREADY_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Decision:
    """One message row to be. `joins` is the id of the waiting message that will say this one's news as well."""

    rule: Rule
    to: Recipient
    status: str
    reason: str | None
    detail: str | None
    dedupe_key: str
    send_after: datetime
    joins: int | None = None


@dataclass(frozen=True, slots=True)
class No:
    reason: str
    status: str = "skipped"
    detail: str | None = None
    joins: int | None = None


def decide(facts: Facts, switches: Mapping[str, Switch], now: datetime) -> tuple[Decision, ...]:
    """Every rule that is on and whose condition holds gives one decision per recipient; the others write nothing."""
    firing = [rule for rule in rules_for(facts.event.type) if fires(rule, facts, switches)]
    return tuple(
        _decision(rule, who, facts, firing, switches, now) for rule in firing for who in recipients(rule, facts)
    )


def fires(rule: Rule, facts: Facts, switches: Mapping[str, Switch]) -> bool:
    switch = switches.get(rule.key)
    if switch is None or not switch.enabled:
        return False
    if switch.enabled_at and facts.event.occurred_at < switch.enabled_at:
        return False
    if dunning.is_dated(rule) and dunning.is_backlog(rule, facts, switch.options, switch.enabled_at):
        return False
    return rule.when.holds(facts)


def _decision(
    rule: Rule, who: Recipient, facts: Facts, firing: Sequence[Rule], switches: Mapping[str, Switch], now: datetime
) -> Decision:
    no = _why_not(rule, who, facts, firing, now) or _yields(rule, facts, switches, now)
    key = dedupe_key(rule, who, facts)
    if no:
        return Decision(rule, who, no.status, no.reason, no.detail, key, now, joins=no.joins)
    return Decision(rule, who, "queued", None, None, key, send_after(rule, facts, now))


def _why_not(rule: Rule, who: Recipient, facts: Facts, firing: Sequence[Rule], now: datetime) -> No | None:
    """The first reason that applies, in the order in which they are told to staff."""
    if facts.event.quiet == "all" or (facts.event.quiet == "customers" and rule.to_customer):
        quiet = No("quiet")
    else:
        quiet = None
    if not rule.to_customer:
        return quiet
    return (
        _covered(rule, facts, firing)
        or quiet
        or _paused(rule, facts, now)
        or _told_already(rule, who, facts, now)
        or _joined(rule, facts)
        or (No(who.problem, detail=who.detail) if who.problem else None)
        or _stale(rule, facts, now)
    )


def _covered(rule: Rule, facts: Facts, firing: Sequence[Rule]) -> No | None:
    if not rule.generic:
        return None
    specific = next((r for r in firing if r.by == rule.by and r.to_customer and not r.generic), None)
    return No("covered", detail=specific.key) if specific else None


def _paused(rule: Rule, facts: Facts, now: datetime) -> No | None:
    if rule.dunning_tier is not None:
        # A pause with an end only moves a reminder; the debt is still there when it ends.
        return No("off_for_customer") if facts.off_for_good(rule.key) else None
    if facts.customer and facts.customer.is_paused(now):
        return No("customer_paused")
    if facts.job and facts.job.messages_paused and rule.subject == "job":
        return No("job_paused")
    return No("off_for_customer") if facts.off_for_customer(rule.key, now) else None


def _told_already(rule: Rule, who: Recipient, facts: Facts, now: datetime) -> No | None:
    """Production started: once per job. Proofs: once per version. Other statuses: once per job, status and 24 hours."""
    if facts.event.type != "job.status_changed" and not rule.about_proof:
        return None
    before = [told for told in facts.told if told.stands and told.event_id != facts.event.id]
    if rule.about_proof:
        version = f":{proof_occasion(facts)}:{who.key}:"
        same = (told for told in before if told.channel == rule.by and version in f"{told.dedupe_key}:")
        return _named(next(same, None))
    mine = [told for told in before if told.rule_key == rule.key]
    if rule.key == "production_started_email":
        return _named(mine[-1] if mine else None)
    recent = [
        told for told in mine if told.to_status == facts.event.to_status and told.created_at > now - TOLD_ALREADY_WITHIN
    ]
    return _named(recent[-1] if recent else None)


def _named(told: Told | None) -> No | None:
    return No("already_told", detail=f"message {told.id}") if told else None


def _joined(rule: Rule, facts: Facts) -> No | None:
    """One parcel after another, entered within minutes, is one message with all their numbers."""
    if facts.event.type != "job.tracking_added":
        return None
    waiting = next((told for told in facts.told if told.rule_key == rule.key and told.waits), None)
    return No("covered", detail=f"message {waiting.id}", joins=waiting.id) if waiting else None


def _stale(rule: Rule, facts: Facts, now: datetime) -> No | None:
    if rule.max_age is None or facts.event.occurred_at >= now - rule.max_age:
        return None
    return No("stale", status="held" if rule.kind == "document" else "skipped")


def _yields(rule: Rule, facts: Facts, switches: Mapping[str, Switch], now: datetime) -> No | None:
    """A reminder yields to a higher one, and waits while the debt is disputed or a payment is on its way."""
    if rule.dunning_tier is None:
        return None
    on = {key: switch.enabled for key, switch in switches.items()}
    if higher := dunning.superseded_by(rule, facts, on, now):
        return No("superseded", detail=higher.key)
    hindrance = dunning.hindrance(facts)
    return No(hindrance, status="held") if hindrance else None


def send_after(rule: Rule, facts: Facts, now: datetime) -> datetime:
    """Now, after the grace period in which a move can be taken back, inside the shop's hours for texts."""
    moment = now + (timedelta(seconds=facts.shop.grace_seconds) if _has_grace(rule, facts) else timedelta())
    shop = facts.shop
    if rule.by == SMS:
        return next_opening(moment, shop.timezone, shop.sms_from, shop.sms_until)
    if rule.dunning_tier is not None:
        return dunning.earliest(rule, facts, moment)
    return moment


def _has_grace(rule: Rule, facts: Facts) -> bool:
    """What staff do by hand can be taken back; what Stripe or the customer did can't."""
    if not rule.to_customer:
        return False
    if facts.event.type in ("job.status_changed", "job.tracking_added"):
        return True
    actor = str(facts.event.payload.get("actor") or "")
    return facts.event.type in ("invoice.sent", "invoice.paid") and not actor.startswith(("stripe", "portal"))


def dedupe_key(rule: Rule, who: Recipient, facts: Facts) -> str:
    """rule : subject : occasion : recipient; unique for ever, so that nothing is ever said twice."""
    return f"{rule.key}:{_subject(rule, facts)}:{_occasion(rule, facts)}:{who.key}"


def _subject(rule: Rule, facts: Facts) -> str:
    if _about_art(rule) and facts.job:
        return f"job:{facts.job.id}"
    return f"{facts.event.subject_table}:{facts.event.subject_id}"


def _occasion(rule: Rule, facts: Facts) -> str:
    event = facts.event
    if _about_art(rule):
        return proof_occasion(facts)
    if event.type in ("job.status_changed", "job.tracking_added", "invoice.sent"):
        return str(event.id)
    if event.type == "invoice.payment_link_requested" and facts.invoice:
        asked = facts.invoice.payment_link_requested_at
        return asked.isoformat() if asked else str(event.id)
    if event.type.startswith(("invoice.due", "invoice.overdue")):
        return str(dunning.occasion(facts))
    return "once"


def _about_art(rule: Rule) -> bool:
    return rule.about_proof or rule.on == "artwork.declined"


def proof_occasion(facts: Facts) -> str:
    """`v3`; a job without a proof is asked about the first one to come."""
    version = facts.event.payload.get("version") or (facts.latest_artwork.version if facts.latest_artwork else 1)
    return f"v{version}"


def as_told(decision: Decision, facts: Facts) -> Told:
    """As if it had gone out at once, for whoever decides what follows without sending."""
    at = facts.event.occurred_at
    return Told(
        id=0,
        rule_key=decision.rule.key,
        channel=decision.rule.by,
        status="sent",
        dedupe_key=decision.dedupe_key,
        created_at=at,
        event_id=facts.event.id,
        event_type=facts.event.type,
        to_status=facts.event.to_status,
        handed_off_at=at,
    )
