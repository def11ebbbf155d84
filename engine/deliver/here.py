"""In-app, toasts and everything in the sandbox: exactly once, for claim and delivery are one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import structlog

from engine.deliver import answer, last_look, outbox, reminders, steps
from engine.deliver import channel as channels
from engine.deliver.channel import Desk
from engine.deliver.letter import Ready
from engine.deliver.outbox import Claim, Settled
from engine.store.database import Connection

log = structlog.get_logger()

BATCH = 50


def deliver(connection: Connection, claims: Sequence[Claim], desk: Desk, now: datetime) -> Counter[str]:
    """In the transaction of the claim. Counts what became of messages."""
    tally: Counter[str] = Counter()
    _, looks = last_look.look(connection, claims, desk, now) if claims else (None, [])
    # What stays goes back first, so that a reminder that goes out can cover it.
    for claim, looked in sorted(looks, key=lambda look: isinstance(look[1], Ready)):
        if isinstance(looked, Settled):
            tally[answer.stays(connection, claim, looked, now)] += 1
            continue
        sandboxed = f"sandbox:{uuid4().hex}" if claim.channel in channels.PROVIDERS else None
        written = {**last_look.content(looked, now), "id": claim.id, "lease": claim.lease, "now": now}
        connection.execute(outbox.sql.deliver_here, {**written, "provider_id": sandboxed})
        reminders.cover(connection, claim, looked.rule, now)
        tally["sent"] += 1
        log.info("message", id=claim.id, rule=claim.rule_key, status="sent", sandbox=sandboxed is not None)
        steps.reached(steps.BEFORE_SETTLE)
    return tally
