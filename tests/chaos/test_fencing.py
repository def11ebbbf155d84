"""No write after a claim lands without the lease that the claim gave out."""

import inspect
import re
import subprocess
import sys

import pytest

from engine.deliver import outbox
from engine.deliver.email import Smtp
from engine.deliver.sms import Twilio
from engine.store import queries
from tests.chaos.witness import ROOT

WRITES = re.compile(r"\b(?:UPDATE|DELETE FROM|MERGE INTO)\s+(?:public\.)?message\b", re.IGNORECASE)
FENCED = re.compile(r"\blease = (?:%\((?:settled_)?lease\)s|held\.lease)")  # `held`: several, as pairs of id and lease
STATUSES = re.compile(r"\bstatus (?:=|IN) (\([^)]*\)|'[a-z]+')")
NOT_SENDING = re.compile(r"\bstatus <> 'sending'")

# Writes without a lease that may meet a message in a sender's hands.
ALLOWED = {
    "backup.hold_outgoing": "in the transaction of a restore, which no sidecar survives, and it counts the lease up",
}


def conditions(statement: str) -> list[str]:
    """What each write to `message` in the statement finds its rows by: from its own WHERE to its end."""
    found = []
    for write in WRITES.finditer(statement):
        end = closing(statement, write.end())
        where = re.search(r"\bWHERE\b", without_sub_selects(statement[write.end() : end], keep=False))
        found.append(statement[write.end() + where.end() : end] if where else "")
    return found


def closing(text: str, start: int) -> int:
    """The place of the bracket that closes what `start` stands in; the end where none does."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth < 0:
            return place
    return len(text)


def without_sub_selects(text: str, *, keep: bool = True) -> str:
    """`(SELECT …)` blanked out, place by place; without `keep` every bracket is."""
    opened = re.compile(r"\(\s*SELECT\b" if keep else r"\(")
    while found := opened.search(text):
        end = closing(text, found.start() + 1)
        text = text[: found.start()] + " " * (end + 1 - found.start()) + text[end + 1 :]
    return text


def spares_senders(condition: str) -> bool:
    statuses = {status for found in STATUSES.findall(condition) for status in re.findall(r"'([a-z]+)'", found)}
    return bool(NOT_SENDING.search(condition)) or (bool(statuses) and "sending" not in statuses)


def is_fenced(statement: str) -> bool:
    """
    Each write names the lease, or the statuses it is for, in its own condition.

    In a sub-select only where that locks the rows: any other would have been read before a sender claimed them.
    """
    return all(
        FENCED.search(own := without_sub_selects(condition))
        or spares_senders(own)
        or ("FOR UPDATE" in statement and spares_senders(statement.partition("WHERE")[2]))
        for condition in conditions(statement)
    )


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
        "UPDATE public.message SET status = 'held' WHERE id = %(id)s",
        "UPDATE message SET lease = %(lease)s, status = 'queued'",
        "UPDATE message SET status = 'held' WHERE id IN (SELECT id FROM message WHERE status = 'queued')",
        "WITH done AS (UPDATE message SET detail = NULL WHERE id = %(id)s) SELECT 1 WHERE status = 'queued'",
        "UPDATE message SET detail = (SELECT 'x' WHERE status = 'queued') WHERE id = %(id)s",
    ],
)
def test_a_statement_that_comes_too_late_to_be_harmless_would_be_found(statement):
    assert WRITES.search(statement)
    assert not is_fenced(statement)


def test_the_sender_s_own_writes_are_all_among_them():
    own = {
        f"outbox.{name}" for name in ("begin_attempt", "settle", "settle_sent", "settle_sent_and_begin", "give_back")
    }
    own |= {"outbox.deliver_here", "aftercare.adopt", "aftercare.give_back"}

    assert own <= {name for name, statement in WRITERS.items() if FENCED.search(statement)}


def test_an_attempt_is_closed_only_by_the_lease_that_opened_it():
    closing = [outbox.sql.statements["end_attempt"], queries.load("aftercare").statements["found_out"]]

    assert all(FENCED.search(statement) for statement in closing)


@pytest.mark.parametrize(
    ("wrong", "arguments", "said"),
    [
        ("engine.deliver.outbox.LEASE_SECONDS = 119", [], "a lease of 119 s is too short"),
        ("engine.store.heartbeat.EVERY_SECONDS = 21", ["--once"], "a beat every 21 s is too slow"),
    ],
)
def test_times_that_do_not_fit_each_other_are_refused_at_the_start_in_a_sentence(wrong, arguments, said):
    program = (
        "import sys, engine.deliver.outbox, engine.store.heartbeat; from sidecar.__main__ import main\n"
        f"{wrong}; sys.exit(main({arguments}))"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"sidecar: {said}")


def test_nothing_in_the_database_itself_writes_to_messages(connection):
    functions = connection.execute(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    ).fetchall()
    cascades = connection.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'message'::regclass AND confdeltype NOT IN ('a', 'r', ' ')"
    ).fetchall()

    assert functions
    assert [row["proname"] for row in functions if WRITES.search(row["prosrc"])] == []
    assert cascades == []


def test_no_program_writes_to_messages_but_by_a_named_statement():
    sources = [file for folder in ("engine", "sidecar", "portal", "pages") for file in (ROOT / folder).rglob("*.py")]
    written = {file.relative_to(ROOT).as_posix() for file in sources if WRITES.search(file.read_text("utf-8"))}
    mapped = {
        file.relative_to(ROOT).as_posix()
        for file in sources
        if re.search(r"\btables\b.*\bMessage\b|\btables\.Message\b", file.read_text("utf-8"))
    }

    assert sources
    assert (written, mapped) == (set(), set())


def test_the_times_that_ship_fit_each_other_and_the_providers_keep_to_the_budget():
    def default(of, name):
        return inspect.signature(of).parameters[name].default

    outbox.check_times()

    assert default(Smtp, "budget") <= outbox.PROVIDER_BUDGET_SECONDS
    assert default(Twilio, "timeout") <= outbox.PROVIDER_BUDGET_SECONDS
