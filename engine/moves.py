"""What moving a job would tell the customer, before anybody moves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from engine.catalog import forgotten
from engine.catalog.facts import Artwork, Customer, Event, Facts, Job, Override, Told
from engine.catalog.switch import Switch, as_if_always
from engine.decide.decision import Decision, decide
from engine.store import facts as records
from engine.store import queries
from engine.store.database import Connection
from engine.store.documents import read

sql = queries.load("moves")

WOULD = "job.status_changed"


@dataclass(frozen=True, slots=True)
class Known:
    """What the statement brings of one job; the parts are those of `Facts`."""

    job: Job
    customer: Customer
    artworks: tuple[Artwork, ...] = ()
    overrides: tuple[Override, ...] = ()
    suppressed: frozenset[tuple[str, str]] = frozenset()
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """One message that the move would make; `reason` is None for one that would go out, at `at`.

    `joins`: a message that waits already says this as well, in its own time.
    """

    title: str
    channel: str
    to: str
    address: str | None
    at: datetime
    reason: str | None
    detail: str | None = None
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """The jobs of one screen with all that deciding reads, read once."""

    facts: Mapping[int, Facts]
    switches: Mapping[str, Switch]
    now: datetime

    def told(self, job_id: int, to: str) -> tuple[Telling, ...]:
        """What the customer would hear of a move to `to`, and what not and why; empty when no rule speaks."""
        if (facts := self.facts.get(job_id)) is None:
            return ()
        moved = _moved(facts, to, self.now)
        decisions = decide(moved, self.switches, self.now)
        return tuple(
            telling(decision, moved)
            for decision in decisions
            if decision.rule.to_customer and decision.reason != "covered"
        )


def outlook(connection: Connection, job_ids: Iterable[int], now: datetime) -> Outlook:
    around = records.around(connection)
    rows = connection.execute(sql.for_jobs, {"job_ids": list(job_ids)})
    facts = {row["id"]: _facts(read(Known, row["known"]), around, now) for row in rows}
    return Outlook(facts, as_if_always(around.switches), now)


def _facts(known: Known, around: records.Around, now: datetime) -> Facts:
    job, everyone = known.job, around.everyone
    silent = forgotten.reached(around.silent, known.customer, job, everyone["shop"].country)
    return Facts(
        event=Event(0, WOULD, "job", job.id, {"from": job.status, "to": job.status}, now),
        customer=known.customer,
        job=job,
        artworks=known.artworks,
        overrides=known.overrides,
        suppressed=known.suppressed.union(silent),
        told=known.told,
        **everyone,
    )


def _moved(facts: Facts, to: str, now: datetime) -> Facts:
    job, labels = facts.job, facts.status_labels or {}
    assert job is not None
    label, said, announce = labels.get(to, (to, to, False))
    event = replace(facts.event, payload={"from": job.status, "to": to}, occurred_at=now)
    return replace(facts, event=event, job=replace(job, status=to, label=label, customer_label=said, announce=announce))


def telling(decision: Decision, facts: Facts) -> Telling:
    """A decision as a screen tells it; a proof message without an open proof waits for one."""
    reason = decision.reason
    if reason is None and decision.rule.about_proof and facts.open_proof is None:
        reason = "no_proof"
    return Telling(
        title=decision.rule.title,
        channel=decision.rule.by,
        to=decision.to.name,
        address=decision.to.address,
        at=decision.send_after,
        reason=reason,
        detail=decision.detail,
        joins=decision.joins is not None,
    )
