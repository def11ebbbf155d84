"""The last look at word of an outage on its way to the shop's own alert address or number."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.catalog.facts import Event, Facts
from engine.catalog.recipients import Recipient
from engine.catalog.rule import ADMINS, ANY_TIME, EMAIL, SMS, Rule
from engine.compose.composed import Composed
from engine.deliver import gate
from engine.deliver.channel import Desk
from engine.deliver.letter import Ready, Written
from engine.deliver.outbox import Claim, Settled
from engine.store import alerts
from engine.store import facts as records
from engine.store.database import Connection

WORTH_SENDING = timedelta(days=1)
"""The next day has word of its own."""


def look(connection: Connection, claim: Claim, desk: Desk, now: datetime) -> Ready | Settled:
    """It goes while the outage lasts; redirect mode lets it through, for the shop is whom everything goes to then."""
    asked = {"id": claim.id, "failing": alerts.provider_told_of(claim.dedupe_key)}
    row = connection.execute(alerts.sql.written, asked).fetchone()
    if row is None or row["body_text"] is None or not row["still"]:
        return Settled("cancelled", "no_longer_true", "the outage is over")
    if now - claim.send_after > WORTH_SENDING:
        return Settled("expired", "stale")
    go = gate.look_at_test(claim, Recipient("shop", address=claim.to_address), desk, own=True)
    if isinstance(go, Settled):
        return go
    by = EMAIL if claim.channel == EMAIL else SMS
    rule = Rule(
        key=alerts.KEY,
        title="Alert",
        says="",
        on=alerts.KEY,
        when=ANY_TIME,
        to=ADMINS,
        by=by,
        default=True,
        kind="staff",
    )
    facts = Facts(Event(0, alerts.KEY, "message", claim.id, {}, now), records.shop(connection))
    content = Composed(row["subject"] or "", "", row["body_text"], row["body_html"] or "")
    return Ready(claim, rule, facts, go, Written(content, None))
