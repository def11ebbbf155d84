"""No write after a claim lands without the lease that the claim gave out."""

import inspect
import re

import pytest

from engine.deliver import outbox
from engine.deliver.email import Smtp
from engine.deliver.sms import Twilio
from engine.store import queries

WRITES = re.compile(r"\b(?:UPDATE|DELETE FROM|MERGE INTO)\s+message\b", re.IGNORECASE)
FENCED = re.compile(r"\blease = %\(lease\)s")
STATUSES = re.compile(r"\bstatus (?:=|IN) (\([^)]*\)|'[a-z]+')")

# Writes without a lease that may meet a message in a sender's hands.
ALLOWED = {
    "people.blank_messages": "empties the words of a forgotten person and leaves status, lease and outcome alone",
}


def written_to(statement: str) -> set[str]:
    """Which statuses the statement finds its messages by: those named behind its first WHERE."""
    _, _, condition = statement.partition("WHERE")
    return {status for found in STATUSES.findall(condition) for status in re.findall(r"'([a-z]+)'", found)}


def is_fenced(statement: str) -> bool:
    """By the lease; or it touches only messages that nobody has in hand."""
    statuses = written_to(statement)
    return bool(FENCED.search(statement)) or (bool(statuses) and "sending" not in statuses)


WRITERS = {
    f"{file.stem}.{name}": statement
    for file in sorted(queries.FOLDER.glob("*.sql"))
    for name, statement in queries.load(file.stem).statements.items()
    if WRITES.search(statement)
}


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_whoever_writes_to_a_claimed_message_names_the_lease(name):
    assert is_fenced(WRITERS[name]) or ALLOWED.get(name), (
        f"{name} can overwrite a message that a sender has in hand; add `lease = :lease` or name the statuses it is for"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE message SET status = 'held' WHERE id = %(id)s",
        "UPDATE message SET status = 'held' WHERE status IN ('queued', 'sending')",
        "UPDATE message SET status = 'sent' WHERE id = %(id)s AND status = 'sending'",
        "DELETE FROM message WHERE id = %(id)s",
    ],
)
def test_a_statement_that_comes_too_late_to_be_harmless_would_be_found(statement):
    assert WRITES.search(statement)
    assert not is_fenced(statement)


def test_the_sender_s_own_writes_are_all_among_them():
    own = {"outbox.begin_attempt", "outbox.settle", "outbox.deliver_here", "aftercare.adopt", "aftercare.give_back"}

    assert own <= {name for name, statement in WRITERS.items() if FENCED.search(statement)}


def test_an_attempt_is_closed_only_by_the_lease_that_opened_it():
    closing = [outbox.sql.statements["end_attempt"], queries.load("aftercare").statements["found_out"]]

    assert all(FENCED.search(statement) for statement in closing)


@pytest.mark.parametrize("times", [{"lease": 119, "budget": 60}, {"beat": 10, "fresh": 29}])
def test_times_that_do_not_fit_each_other_are_refused_at_the_start(times):
    with pytest.raises(ValueError, match="too"):
        outbox.check_times(**times)


def test_the_times_that_ship_fit_each_other_and_the_providers_keep_to_the_budget():
    def default(of, name):
        return inspect.signature(of).parameters[name].default

    outbox.check_times()

    assert default(Smtp, "budget") <= outbox.PROVIDER_BUDGET_SECONDS
    assert default(Twilio, "timeout") <= outbox.PROVIDER_BUDGET_SECONDS
