"""A sidecar keeps nothing of what it has sent."""

from __future__ import annotations

import time

from benchmarks import ground, pipeline
from benchmarks.table import Row, Rows
from tests.shop import Connection

MANY, FEW = 100_000, 1_000
BATCH = 10_000
SETTLE_SECONDS = 1.0


def rows(many: int = MANY, few: int = FEW, settle_seconds: float = SETTLE_SECONDS) -> Rows:
    with ground.shop() as connection:
        connection.execute("UPDATE shop SET delivery_mode = 'sandbox'")
        ground.fill(connection, min(BATCH, many))
        with ground.sidecar(senders=4, INKBELL_DELIVERY="sandbox") as process:
            done = work(connection, 0, few)
            time.sleep(settle_seconds)
            small = resident(process.pid)
            done = work(connection, done, many)
            time.sleep(settle_seconds)
            large = resident(process.pid)
    what = f"memory of a sidecar after {done:,} messages"
    yield Row(what, large, small, f"after {few:,}", "MiB", at_most=1.1)


def work(connection: Connection, done: int, until: int) -> int:
    """Moves jobs back and forth; every move is a message to the shop's own people."""
    connection.execute("UPDATE rule_setting SET enabled = rule_key = 'status_change_toast'")
    while done < until:
        count = min(BATCH, until - done)
        connection.execute(
            "UPDATE job SET status = CASE status WHEN 'films' THEN 'bagging' ELSE 'films' END WHERE id <= %s", [count]
        )
        done += count
        pipeline.until_sent(connection, done)
    return done


def resident(pid: int) -> float:
    """MiB of the process that are in memory."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024
