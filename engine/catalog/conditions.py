"""When a rule fires and how long its message stays true, as small values that read aloud."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.catalog.facts import Facts

Predicate = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """`says` is the end of the sentence "Fires when …" (or "Goes out while …")."""

    says: str
    holds: Predicate


PROOF_RULES = ("art_approval_email", "art_resubmit_email")


def always(says: str) -> Condition:
    return Condition(says, lambda facts: True)


def enters(status: str) -> Condition:
    return Condition(f"the job moves to {status}", lambda facts: facts.event.to_status == status)


def any_move() -> Condition:
    return Condition("the job moves to any other status", lambda facts: bool(facts.event.to_status))


def announced_move() -> Condition:
    def holds(facts: Facts) -> bool:
        labels = facts.status_labels or {}
        return facts.event.to_status in labels and labels[facts.event.to_status][2]

    return Condition("the job moves to a status that the shop announces", holds)


def proof_announced(facts: Facts) -> bool:
    """Some proof of this job was announced by email before this event."""
    return any(told.rule_key in PROOF_RULES and told.stands and told.event_id != facts.event.id for told in facts.told)


def first_proof() -> Condition:
    return Condition(
        "the job's first proof is sent for approval",
        lambda facts: facts.event.to_status == "art_approval_sent" and not proof_announced(facts),
    )


def next_proof() -> Condition:
    return Condition(
        "a new version of a proof is sent for approval",
        lambda facts: (
            facts.event.type == "artwork.resubmitted"
            or (facts.event.to_status == "art_approval_sent" and proof_announced(facts))
        ),
    )


def any_proof() -> Condition:
    return Condition(
        "a proof, or a new version of it, is sent for approval",
        lambda facts: facts.event.type == "artwork.resubmitted" or facts.event.to_status == "art_approval_sent",
    )


# What must still be true at the last look, just before the hand-off.


def status_is(*statuses: str) -> Condition:
    return Condition(
        f"the job is in {' or '.join(statuses)}",
        lambda facts: facts.job is not None and facts.job.status in statuses,
    )


def complete() -> Condition:
    """A picked-up order that was shipped is no longer waiting on the counter; a shipped one is still complete."""

    def holds(facts: Facts) -> bool:
        if facts.job is None:
            return False
        method = facts.job.delivery_method or (facts.customer.delivery_method if facts.customer else None)
        return facts.job.status in (("completed_order",) if method == "pickup" else ("completed_order", "shipped"))

    return Condition("the job is complete", holds)


def exactly_the_status() -> Condition:
    return Condition(
        "the job is still in that status",
        lambda facts: facts.job is not None and facts.job.status == facts.event.to_status,
    )


def proof_is_open() -> Condition:
    """While there is no proof at all the message is held (`no_proof`), which the gate decides; this says the rest."""
    return Condition("the newest proof is undecided", lambda facts: facts.open_proof is not None)


def numbers_to_announce() -> Condition:
    return Condition("there are numbers not yet announced", lambda facts: bool(facts.to_announce))


def unpaid() -> Condition:
    return Condition("the invoice is unpaid", lambda facts: facts.invoice is not None and facts.invoice.unpaid)


def paid() -> Condition:
    return Condition("the invoice is paid", lambda facts: facts.invoice is not None and facts.invoice.status == "paid")
