"""The outbox: claims a message under a lease, and settles it only while that lease is still the current one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.deliver.outcome import Accepted, ChannelFault, NotSent, Outcome, Refused, Unknown
from engine.errors import InkbellError
from engine.settings import Mode
from engine.store import heartbeat, queries
from engine.store.database import Connection

sql = queries.load("outbox")

LEASE_SECONDS = 120
PROVIDER_BUDGET_SECONDS = 60
MOST_TRIES = 8
MOST_UNKNOWN_EMAILS = 2
"""After two hand-offs in doubt an email stays `unknown`: a third could be a third copy."""

ATTEMPTS = {Accepted: "accepted", Refused: "refused", NotSent: "not_sent", Unknown: "unknown"}
"""The ledger's word for each outcome. A fault of the channel has none, for it is no attempt of a message."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message this process may send until `leased_until`; `lease` must stand in every later write."""

    id: int
    event_id: int | None
    rule_key: str
    channel: str
    customer_id: int | None
    staff_id: int | None
    to_address: str | None
    lease: int
    leased_until: datetime
    send_after: datetime
    try_after: datetime | None
    age_from: datetime | None
    attempts: int
    mode: Mode | None
    rfc_message_id: str | None
    resend_of: int | None
    dedupe_key: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of a claimed message; `tried` is 1 when the try counts against its eight.

    `age_from` is the moment from which its age counts anew; None leaves it.
    """

    status: str
    reason: str | None = None
    detail: str | None = None
    try_after: datetime | None = None
    age_from: datetime | None = None
    tried: int = 0
    provider_id: str | None = None


def check_times() -> None:
    """Raises InkbellError when a hand-off could outlive its lease, or a sidecar that lives could pass for dead."""
    if LEASE_SECONDS < 2 * PROVIDER_BUDGET_SECONDS:
        raise InkbellError(
            f"a lease of {LEASE_SECONDS} s is too short for a provider budget of {PROVIDER_BUDGET_SECONDS} s, it takes "
            "twice that or messages repeat; correct LEASE_SECONDS in engine/deliver/outbox.py"
        )
    beat, fresh = heartbeat.EVERY_SECONDS, heartbeat.FRESH_SECONDS
    if fresh < 3 * beat:
        raise InkbellError(
            f"a beat every {beat} s is too slow to be fresh for {fresh} s, two of them may be missed; correct "
            "EVERY_SECONDS in engine/store/heartbeat.py"
        )


def claim(connection: Connection, channel: str, now: datetime, most: int = 1, among: int = 1) -> list[Claim]:
    """Commit before anything else is done with them: until then another sender sees them as waiting.

    `among`: so many senders share what is due, so that none waits behind one that has claimed it all.
    """
    asked = {"channel": channel, "now": now, "most": most, "among": among, "lease_seconds": LEASE_SECONDS}
    rows = connection.execute(sql.claim, asked).fetchall()
    return sorted((Claim(**row) for row in rows), key=lambda claim: claim.id)


def claim_to_try(connection: Connection, channel: str, now: datetime) -> list[Claim]:
    """One message, with which a broken channel is tried; another one each time, as long as there are others."""
    asked = {"channel": channel, "now": now, "lease_seconds": LEASE_SECONDS}
    return [Claim(**row) for row in connection.execute(sql.claim_to_try, asked)]


def begin_attempt(
    connection: Connection, claim: Claim, content: Mapping[str, Any], unchanged: Mapping[str, Any], now: datetime | None
) -> datetime | None:
    """When it began: at `now`, or by Postgres' clock.

    None when the lease has passed on, or leaves too little time: then the message must not be handed over. Nor when
    the desk is not as it was looked at: `unchanged` is `Desk.unchanged`.
    """
    known = {"id": claim.id, "lease": claim.lease, "now": now, "budget_seconds": PROVIDER_BUDGET_SECONDS}
    row = connection.execute(sql.begin_attempt, {**content, **unchanged, **known}).fetchone()
    return row["started_at"] if row else None


def settle(connection: Connection, claim: Claim, result: Settled, now: datetime) -> bool:
    """False, and nothing is written, when somebody else has claimed the message since."""
    return _settle(connection, {"id": claim.id, "lease": claim.lease, "now": now}, result)


def _settle(connection: Connection, held: dict[str, Any], result: Settled) -> bool:
    """`held` names the message, the lease it is held under, and the moment."""
    return connection.execute(sql.settle, {**asdict(result), **held}).fetchone() is not None


def settle_outcome(connection: Connection, claim: Claim, outcome: Outcome, now: datetime) -> Settled | None:
    """Settles the message by what the provider said and ends the attempt; None when it has been settled before."""
    if isinstance(outcome, Accepted):
        return settle_sent(connection, claim, outcome, now)
    result = _result(connection, claim, outcome, now)
    if not settle(connection, claim, result, now):
        return None
    held = {"id": claim.id, "lease": claim.lease}
    if isinstance(outcome, ChannelFault):
        connection.execute(sql.drop_attempt, held)
        return result
    detail = f"policy: {outcome.detail}" if isinstance(outcome, Refused) and outcome.policy else outcome.detail
    connection.execute(sql.end_attempt, {**held, "now": now, "outcome": ATTEMPTS[type(outcome)], "detail": detail})
    return result


def settle_sent(connection: Connection, claim: Claim, outcome: Accepted, now: datetime | None) -> Settled | None:
    """As `settle_outcome`, in one statement; `now`: None means Postgres' clock."""
    said = {"provider_id": outcome.provider_id, "detail": outcome.detail or None, "answer": outcome.detail}
    row = connection.execute(sql.settle_sent, {**said, "id": claim.id, "lease": claim.lease, "now": now}).fetchone()
    return Settled("sent", detail=said["detail"], provider_id=outcome.provider_id, tried=1) if row else None


def settle_sent_and_begin(
    connection: Connection,
    claim: Claim,
    outcome: Accepted,
    following: Claim,
    content: Mapping[str, Any],
    unchanged: Mapping[str, Any],
    now: datetime | None,
) -> tuple[bool, datetime | None]:
    """Settles `claim`, and begins the attempt of `following` as `begin_attempt` does, in one statement.

    Gives whether this settled it, and when the other began: None when it may not be handed over.
    """
    settled = {"settled_id": claim.id, "settled_lease": claim.lease, "provider_id": outcome.provider_id}
    said = {"detail": outcome.detail or None, "answer": outcome.detail}
    known = {"id": following.id, "lease": following.lease, "now": now, "budget_seconds": PROVIDER_BUDGET_SECONDS}
    row = connection.execute(sql.settle_sent_and_begin, {**content, **settled, **said, **known, **unchanged}).fetchone()
    assert row is not None
    return row["settled"], row["begun_at"]


def give_back(connection: Connection, claims: Sequence[Claim]) -> None:
    """Claimed and not begun, they wait for any sender again; one that has begun is left to its lease."""
    if claims:
        held = {"ids": [claim.id for claim in claims], "leases": [claim.lease for claim in claims]}
        connection.execute(sql.give_back, held)


def _result(
    connection: Connection, claim: Claim, outcome: Refused | NotSent | Unknown | ChannelFault, now: datetime
) -> Settled:
    match outcome:
        case Refused(detail, reason):
            return Settled("failed", reason, detail, tried=1)
        case NotSent(detail):
            if claim.attempts + 1 >= MOST_TRIES:
                return Settled("failed", "gave_up", detail, tried=1)
            return Settled("queued", detail=detail, try_after=now + backoff(claim.attempts), tried=1)
        case ChannelFault():
            return Settled("queued")
        case Unknown(detail):
            return _in_doubt(connection, claim, detail, now)


def _in_doubt(connection: Connection, claim: Claim, detail: str, now: datetime) -> Settled:
    row = connection.execute(sql.unknown_attempts, {"id": claim.id}).fetchone()
    if claim.channel == "email" and row and row["unknown"] + 1 < MOST_UNKNOWN_EMAILS:
        return Settled("queued", detail=detail, try_after=now + timedelta(minutes=1), tried=1)
    return Settled("unknown", "outcome_unknown", detail, tried=1)


def backoff(attempts: int) -> timedelta:
    """Half a minute, then four times as long each time, with a tenth of jitter: eight tries take about a day."""
    seconds = min(30 * 4**attempts, 8 * 3600)
    return timedelta(seconds=seconds * random.uniform(0.9, 1.1))


def recover(connection: Connection, now: datetime, most: int = 500) -> Counter[str]:
    """Takes back messages whose sender died: never handed over → waits again; handed over, perhaps → in doubt."""
    tally: Counter[str] = Counter()
    for row in connection.execute(sql.lapsed, {"now": now, "most": most}).fetchall():
        known = {"id": row["id"], "lease": row["lease"], "now": now}
        result = Settled("queued")
        if row["attempt_id"]:
            detail = "the sender stopped in the middle of the hand-off"
            connection.execute(sql.end_attempt, {**known, "outcome": "unknown", "detail": detail})
            if row["channel"] != "email" or row["unknown"] >= MOST_UNKNOWN_EMAILS:
                result = Settled("unknown", "outcome_unknown", detail, tried=1)
            else:
                result = Settled("queued", detail=detail, tried=1)
        _settle(connection, known, result)
        tally[f"recovered_{result.status}"] += 1
    return tally


def keep_from_ageing(connection: Connection, now: datetime) -> None:
    """For a pause of all sending; what waits for a broken channel is seen to when it works again."""
    connection.execute(sql.not_late_for_pause, {"now": now})


def release_held(connection: Connection, now: datetime) -> int:
    """Lets go what was held for a missing proof or a pause that has passed."""
    return max(connection.execute(sql.release_held, {"now": now}).rowcount, 0)
