"""What becomes of a message, and of its channel and address, once the provider has answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from engine.catalog.rules import find
from engine.deliver import channel as channels
from engine.deliver import last_look, outbox, reminders, steps
from engine.deliver.channel import Desk
from engine.deliver.letter import Ready
from engine.deliver.outbox import Claim, Settled
from engine.deliver.outcome import Accepted, ChannelFault, Outcome, Refused
from engine.store import queries
from engine.store.database import Connection

log = structlog.get_logger()

POLICY_REFUSALS = 3
POLICY = {
    "email": ChannelFault(
        "the mail server refuses us for reputation or quota, whoever the recipient is", "smtp_policy"
    ),
    "sms": ChannelFault("Twilio does not send from our number or service, whoever the recipient is", "twilio_sender"),
}
OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Answered:
    """A message that was handed over, and what the provider said; not yet written down."""

    ready: Ready
    outcome: Outcome


def settle(connection: Connection, answered: Answered, desk: Desk, now: datetime) -> str:
    """What it became, or `overtaken` when it was settled before.

    Trying again is safe: only the lease may write, and what was written once is not written again.
    """
    ready, outcome, claim = answered.ready, answered.outcome, answered.ready.claim
    steps.reached(steps.BEFORE_SETTLE)
    if isinstance(outcome, Refused) and outcome.policy:
        outcome = _blamed_on_us(connection, claim, outcome, desk, now)
    result = outbox.settle_outcome(connection, claim, outcome, now)
    if result is None:
        return _overtaken(claim)
    if result.status in ("sent", "unknown"):
        reminders.cover(connection, claim, find(claim.rule_key), now)
    if isinstance(outcome, ChannelFault):
        channels.fault(connection, claim.channel, outcome.cause, outcome.detail, now)
    elif not desk.works and _shows_that_it_works(outcome, claim.channel, desk):
        channels.works(connection, claim.channel, now)
    if isinstance(outcome, Refused) and outcome.suppress and ready.go.mode == "live":
        _suppress(connection, ready, outcome, now)
    why = {"held_up": "by the channel"} if isinstance(outcome, ChannelFault) else {"reason": result.reason}
    log.info("message", id=claim.id, rule=claim.rule_key, status=result.status, **why)
    return result.status


def settle_plain(connection: Connection, claim: Claim, outcome: Accepted, now: datetime | None) -> str:
    """As `settle`, of what was accepted without any consequence; `now`: None means Postgres' clock."""
    steps.reached(steps.BEFORE_SETTLE)
    if outbox.settle_sent(connection, claim, outcome, now) is None:
        return _overtaken(claim)
    log.info("message", id=claim.id, rule=claim.rule_key, status="sent", reason=None)
    return "sent"


def stays(connection: Connection, claim: Claim, why: Settled, now: datetime) -> str:
    """What became of a message that the last look kept from going."""
    outbox.settle(connection, claim, why, now)
    log.info("message", id=claim.id, rule=claim.rule_key, status=why.status, reason=why.reason)
    return why.status


def settle_and_begin(
    connection: Connection, answered: Answered, outcome: Accepted, following: Ready, desk: Desk, now: datetime | None
) -> tuple[str, datetime | None]:
    """As `settle`, for what was simply accepted; the same statement begins the attempt of `following`.

    Gives what became of the one, and when the other began: None when it may not be handed over. `now`: None means
    Postgres' clock.
    """
    steps.reached(steps.BEFORE_SETTLE)
    claim, at = answered.ready.claim, now or desk.read_at
    assert at is not None
    settled, begun_at = outbox.settle_sent_and_begin(
        connection, claim, outcome, following.claim, last_look.content(following, at), desk.unchanged, now
    )
    status = "sent" if settled else _overtaken(claim)
    if settled:
        log.info("message", id=claim.id, rule=claim.rule_key, status=status, reason=None)
    return status, begun_at


def _overtaken(claim: Claim) -> str:
    """Settled by us, in a commit whose answer was lost; or by whoever found the lease lapsed."""
    log.info("settled already", id=claim.id, rule=claim.rule_key)
    return OVERTAKEN


def _blamed_on_us(connection: Connection, claim: Claim, outcome: Refused, desk: Desk, now: datetime) -> Outcome:
    """A refusal about our reputation or quota, once it met three recipients, is the channel's fault.

    As long as that lasts, the one message that tries the channel is no fourth.
    """
    fault = POLICY[claim.channel]
    if refuses_us(desk, claim.channel):
        return fault
    asked = {"id": claim.id, "channel": claim.channel, "now": now}
    row = connection.execute(outbox.sql.policy_refusals, asked).fetchone()
    if row and row["recipients"] + 1 >= POLICY_REFUSALS:
        return fault
    return outcome


def _shows_that_it_works(outcome: Outcome, channel: str, desk: Desk) -> bool:
    """A no to one recipient is heard from a provider that serves us, unless it is our reputation that fails."""
    if isinstance(outcome, Refused):
        return outcome.asked and desk.last_error is not None and not refuses_us(desk, channel)
    return isinstance(outcome, Accepted)


def refuses_us(desk: Desk, channel: str) -> bool:
    """The channel is down because the provider turns our messages away; it serves us well until it sees one."""
    return desk.last_error == POLICY[channel].detail


def _suppress(connection: Connection, ready: Ready, outcome: Refused, now: datetime) -> None:
    """Silences the address that was tried at this look, which may be another than the one it was claimed with."""
    connection.execute(
        queries.load("suppression").suppress,
        {
            "channel": ready.claim.channel,
            "address": (ready.go.to.address or "").lower(),
            "reason": outcome.suppress,
            "now": now,
            "note": outcome.detail[:500],
        },
    )
