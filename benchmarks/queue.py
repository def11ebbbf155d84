"""Claiming and settling alone: what the outbox itself takes, with nobody to hand anything to."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from benchmarks import ground, peers
from benchmarks.table import Row, Rows, Skipped
from engine.deliver import channel, outbox
from engine.deliver.outcome import Accepted
from engine.deliver.pace import MOST_AT_ONCE
from engine.store import database
from tests.shop import Connection

MESSAGES = 2000
SENDERS = 8
TURNS = 2

CONTENT = {
    "subject": "Your order is on press", "body_text": "Your order is on press.", "body_html": "<p>On press.</p>",
    "to_address": "c1@example.com", "handed_to": "c1@example.com", "wording_version_id": None, "dunning_on": None,
}  # fmt: skip


def rows(messages: int = MESSAGES, turns: int = TURNS) -> Rows:
    what = f"claim, attempt and settle, one in flight for each of {SENDERS} senders"
    ours, theirs = [], {"pgqueuer_jobs": [], "procrastinate_jobs": []}
    for _ in range(turns):
        ours.append(handled(messages))
        for program, figures in theirs.items():
            with ground.shop():
                if (found := peers.run(program, url=ground.url(), jobs=messages)) is not None:
                    figures.append(found["a_second"])
    for program, beside, aim in (
        ("pgqueuer_jobs", "pgqueuer, no-op jobs, batch 10", 0.7),
        ("procrastinate_jobs", "procrastinate, no-op jobs, 10 at once", 3),
    ):
        if figures := theirs[program]:
            yield Row(what, statistics.median(ours), statistics.median(figures), beside, "a second", at_least=aim)
        else:
            yield Skipped(what, f"{beside.partition(',')[0]}: {peers.MISSING}")


def handled(messages: int) -> float:
    with ground.shop() as connection:
        wait(connection, messages)
        began = time.perf_counter()
        with ThreadPoolExecutor(SENDERS) as senders:
            done = sum(senders.map(lambda _: until_empty(), range(SENDERS)))
        assert done == messages
        return messages / (time.perf_counter() - began)


def wait(connection: Connection, messages: int) -> None:
    """So many queued emails, as the decider leaves them."""
    connection.execute(
        "INSERT INTO message (rule_key, channel, status, dedupe_key, send_after, rfc_message_id, mode)"
        " SELECT 'production_started_email', 'email', 'queued', 'bench:' || n, now(), '<' || n || '@example.com>',"
        "        'live'"
        " FROM generate_series(1, %s) AS n",
        [messages],
    )
    connection.execute("VACUUM ANALYZE message")


def until_empty() -> int:
    """As a sender takes them from their claim to their outcome, without a look and without a hand-off."""
    done, keeper = 0, database.Keeper()
    with keeper:
        while handed_over := batch():
            done += handed_over
    keeper.close()
    return done


def batch() -> int:
    with database.at_once() as connection:
        desk = channel.due(connection, ["email"], None).get("email")
        if desk is None or desk.read_at is None:
            return 0
        claims = outbox.claim(connection, "email", desk.read_at, MOST_AT_ONCE, SENDERS)
        for claim in claims[:1]:
            outbox.begin_attempt(connection, claim, CONTENT, desk.unchanged, None)
        for claim, following in pairwise(claims):
            outbox.settle_sent_and_begin(connection, claim, accepted(claim), following, CONTENT, desk.unchanged, None)
        for claim in claims[-1:]:
            outbox.settle_sent(connection, claim, accepted(claim), None)
    return len(claims)


def accepted(claim: outbox.Claim) -> Accepted:
    return Accepted(f"smtp:{claim.id}")
