"""The last look: asks just before the hand-off whether a message should still go, and in which mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.catalog import dunning
from engine.catalog.facts import Facts, Move, Told
from engine.catalog.reasons import ON_HOLD
from engine.catalog.recipients import Recipient, recipients
from engine.catalog.rule import SMS, Rule
from engine.catalog.windows import next_opening
from engine.deliver.channel import Desk
from engine.deliver.outbox import Claim, Settled
from engine.settings import LADDER, Mode


@dataclass(frozen=True, slots=True)
class Go:
    """`mode` is where it may go at this moment: never higher than the mode it was decided in."""

    to: Recipient
    mode: Mode


def look(claim: Claim, rule: Rule, facts: Facts, on: Mapping[str, bool], desk: Desk, now: datetime) -> Go | Settled:
    """`Go`, or what becomes of the message instead; each no has its reason."""
    who = _recipient(claim, rule, facts)
    stop = _stop(claim, rule, facts, on, who, desk, now)
    if stop or who is None:
        return stop or Settled("cancelled", "no_longer_true", "its recipient is gone")
    if rule.by not in ("email", "sms"):
        return Go(who, "live")
    return _mode(claim, desk) or _window(claim, rule, facts, desk, now) or Go(who, desk.mode)


def look_at_test(claim: Claim, who: Recipient, desk: Desk, *, own: bool) -> Go | Settled:
    """A test was asked for, so neither rule nor window stops it. Redirect mode keeps it from any address but `own`."""
    return _mode(claim, desk) or Go(who, "live" if own and desk.mode == "redirect" else desk.mode)


def _recipient(claim: Claim, rule: Rule, facts: Facts) -> Recipient | None:
    for who in recipients(rule, facts):
        if (who.customer_id, who.staff_id) == (claim.customer_id, claim.staff_id):
            return who
    return None if rule.to_customer else Recipient("all", staff_id=claim.staff_id)


def _stop(
    claim: Claim, rule: Rule, facts: Facts, on: Mapping[str, bool], who: Recipient | None, desk: Desk, now: datetime
) -> Settled | None:
    if claim.resend_of is None and not on.get(rule.key, False):
        return Settled("cancelled", "no_longer_true", "the rule was switched off")
    if not rule.to_customer:
        return None if rule.still.holds(facts) else Settled("cancelled", "no_longer_true")
    return (
        _job_stopped(rule, facts)
        or (_reminder(rule, facts, on, now) if rule.dunning_tier is not None else _paused(rule, facts, now))
        or (Settled("cancelled", who.problem, who.detail) if who and who.problem else None)
        or (_moved_on(claim, rule, facts) if claim.resend_of is None else _nothing_left(rule, facts))
        or (_stale(claim, rule, desk, now) if claim.resend_of is None else None)
    )


def _job_stopped(rule: Rule, facts: Facts) -> Settled | None:
    """Money is not the job's business, and a status that the shop announces may announce itself."""
    job = facts.job
    if job is None or rule.subject != "job" or facts.event.to_status == job.status:
        return None
    if job.status == "cancelled":
        return Settled("cancelled", "no_longer_true", "the job was cancelled")
    return Settled("held", "job_paused", ON_HOLD) if job.status == "on_hold" else None


def _paused(rule: Rule, facts: Facts, now: datetime) -> Settled | None:
    if facts.customer and facts.customer.is_paused(now):
        return Settled("held", "customer_paused")
    if facts.job and facts.job.messages_paused and rule.subject == "job":
        return Settled("held", "job_paused")
    return Settled("cancelled", "off_for_customer") if facts.off_for_customer(rule.key, now) else None


def _reminder(rule: Rule, facts: Facts, on: Mapping[str, bool], now: datetime) -> Settled | None:
    if not dunning.still_owed(rule, facts, now):
        return Settled("cancelled", "no_longer_true")
    if higher := dunning.superseded_by(rule, facts, on, now):
        return Settled("cancelled", "superseded", higher.key)
    if facts.off_for_good(rule.key):
        return Settled("cancelled", "off_for_customer")
    hindrance = dunning.hindrance(facts)
    return Settled("held", hindrance) if hindrance else None


def _moved_on(claim: Claim, rule: Rule, facts: Facts) -> Settled | None:
    if rule.about_proof:
        if not facts.artworks:
            return Settled("held", "no_proof")
        if newer := _newer_proof(claim, facts):
            return Settled("cancelled", "covered", f"message {newer.id}")
    elif facts.event.type == "job.status_changed" and no_net_change(claim.channel, facts):
        return Settled("cancelled", "no_net_change")
    return None if rule.still.holds(facts) else Settled("cancelled", "no_longer_true")


def _nothing_left(rule: Rule, facts: Facts) -> Settled | None:
    """What a person sends again need not be news, but there has to be something that it can show."""
    invoice = facts.invoice
    if rule.about_proof and not facts.artworks:
        return Settled("cancelled", "no_proof")
    if rule.on == "job.tracking_added" and not facts.shipments:
        return Settled("cancelled", "no_longer_true", "its tracking numbers are gone")
    if invoice and rule.is_money and invoice.status in ("draft", "void"):
        return Settled(
            "cancelled", "no_longer_true", f"the invoice is {'a draft' if invoice.status == 'draft' else 'void'}"
        )
    if invoice and rule.on == "invoice.paid" and invoice.status == "sent" and not invoice.paid_cents:
        return Settled("cancelled", "no_longer_true", "nothing has been paid on the invoice")
    return None


def _newer_proof(claim: Claim, facts: Facts) -> Told | None:
    """Another message about the version that this one would show, made while it waited with an older one."""
    newest = f":v{facts.latest_artwork.version}:" if facts.latest_artwork else ""
    others = (told for told in facts.told if told.channel == claim.channel and told.stands and told.id != claim.id)
    return next((told for told in others if newest in told.dedupe_key and newest not in claim.dedupe_key), None)


def no_net_change(channel: str, facts: Facts) -> bool:
    """True when the job is back where it was before the moves that nobody has been told of.

    The chain is the latest run of moves with gaps up to the grace period; it begins after the last move whose message
    on this channel was handed off, for that one was told. A message of an earlier move is not silenced by a detour.
    """
    handed_off = ("sent", "delivered", "failed", "unknown")
    told = {t.event_id for t in facts.told if t.channel == channel and t.handed_off_at and t.status in handed_off}
    grace = timedelta(seconds=facts.shop.grace_seconds)
    chain: list[Move] = []
    for move in reversed(facts.moves):
        if move.event_id in told or (chain and chain[-1].at - move.at > grace):
            break
        chain.append(move)
    ours = facts.event.id in [move.event_id for move in chain]
    return ours and facts.job is not None and len(chain) > 1 and chain[-1].from_status == facts.job.status


def _age(claim: Claim, desk: Desk, now: datetime) -> timedelta:
    """It stops where the channel failed, or the message that probes it after a long outage would be its victim."""
    end = min(filter(None, (now, desk.failing_since, desk.paused_counted_until)))
    return end - (claim.age_from or claim.send_after)


def _stale(claim: Claim, rule: Rule, desk: Desk, now: datetime) -> Settled | None:
    if rule.max_age is None or _age(claim, desk, now) <= rule.max_age:
        return None
    return Settled("held" if rule.kind == "document" else "expired", "stale")


def _mode(claim: Claim, desk: Desk) -> Settled | None:
    """What was decided while less was allowed never leaves by itself once more is."""
    if claim.resend_of is None and claim.mode and LADDER.index(desk.mode) > LADDER.index(claim.mode):
        return Settled("held", "sandboxed")
    return None


def _window(claim: Claim, rule: Rule, facts: Facts, desk: Desk, now: datetime) -> Settled | None:
    """Put off and never dropped: what waits for its window is no older when that opens."""
    shop = facts.shop
    if rule.by == SMS:
        opens = next_opening(now, shop.timezone, shop.sms_from, shop.sms_until)
    elif rule.dunning_tier is not None:
        opens = dunning.earliest(rule, facts, now)
    else:
        return None
    if opens <= now:
        return None
    return Settled("queued", try_after=opens, age_from=opens - max(_age(claim, desk, now), timedelta()))
