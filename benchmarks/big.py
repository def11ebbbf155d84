"""A shop of many years: looking for work must not cost more as the ledger grows."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from datetime import datetime

from benchmarks import ground
from benchmarks.table import Row, Rows
from engine.capture import due
from engine.decide import run as deciding
from engine.deliver import outbox
from engine.deliver.dispatch import CHANNELS
from engine.store import database
from sidecar import passes
from tests.shop import Connection

MANY, FEW = 1_000_000, 1_000
DUE = 1_000
LOOKS = 40
SETTLE_SECONDS = 6
IDLE_SECONDS = 20


GROWN = (
    """INSERT INTO customer (name, email)
       SELECT 'C' || n, 'c' || n || '@example.com' FROM generate_series(1, 1000) AS n WHERE %(size)s > 0""",
    """INSERT INTO message (created_at, rule_key, channel, customer_id, status, dedupe_key, send_after, sent_at,
                            subject, to_address, provider_id)
       SELECT at, 'production_started_email', 'email', 1 + n %% 1000, 'sent', 'old:' || n, at, at,
              'Order ' || n, 'c' || n %% 1000 || '@example.com', 'smtp:' || n
       FROM generate_series(1, %(size)s) AS n,
            LATERAL (SELECT now() - interval '3 years' + n * interval '1 minute') AS moment (at)""",
    """INSERT INTO invoice (created_at, number, customer_id, status, total_cents, amount_paid_cents, due_date, sent_at)
       SELECT '2020-01-01', 'B' || n, 1 + n %% 1000, 'paid', 5000, 5000, '2020-02-01', '2020-01-01'
       FROM generate_series(1, %(size)s) AS n""",
)


def rows(
    many: int = MANY,
    few: int = FEW,
    looks: int = LOOKS,
    settle_seconds: float = SETTLE_SECONDS,
    idle_seconds: float = IDLE_SECONDS,
) -> Rows:
    small = look_around(few, looks)
    large = look_around(many, looks, settle_seconds, idle_seconds)
    what = f"idle poll, {many:,} messages and invoices"
    yield Row(what, large["poll"], small["poll"], f"the same with {few:,}", "s", at_most=1.2)
    yield Row("an idle sidecar, of one core", large["idle"] * 100, 100, "a whole core", "%", at_most=0.005)
    yield Row(
        f"due scan, {DUE:,} due of {many:,} invoices", large["scan"], small["scan"], f"of {few:,}", "s", at_most=1.5
    )


def look_around(size: int, looks: int, settle_seconds: float = 0, idle_seconds: float = 0) -> dict[str, float]:
    with ground.shop() as connection:
        grown(connection, size)
        poll = median(look_for_work, looks)
        idle = idle_share(settle_seconds, idle_seconds) if idle_seconds else 0.0
        scans = []
        for turn in range(5):
            make_due(connection, min(DUE, size), turn)
            connection.execute("CHECKPOINT")  # or its commits wait for the million rows that were just written
            with database.transaction() as own:
                now = database.now(own)
            began = time.perf_counter()
            assert due.scan(now) >= min(DUE, size)
            scans.append(time.perf_counter() - began)
    return {"poll": poll, "idle": idle, "scan": statistics.median(scans)}


def grown(connection: Connection, size: int) -> None:
    """So many messages that went out, and so many invoices that were paid, of years ago."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in GROWN:
            connection.execute(statement, {"size": size})
    connection.execute("VACUUM ANALYZE")


def make_due(connection: Connection, count: int, turn: int) -> None:
    """Unpaid ones with a due date that passed, which no scan has seen with this date."""
    connection.execute(
        "UPDATE invoice SET status = 'sent', amount_paid_cents = 0, due_date = current_date - 1 - %s WHERE id <= %s",
        [turn, count],
    )
    deciding_done(connection)


def deciding_done(connection: Connection) -> None:
    connection.execute("UPDATE event SET handled_at = now() WHERE handled_at IS NULL")


def look_for_work() -> None:
    """What a sidecar does on each wake when there is nothing to do."""
    with database.transaction() as connection:
        now: datetime = database.now(connection)
        connection.execute(outbox.sql.work, {"channels": list(CHANNELS), "senders": 4}).fetchone()
    deciding.decide_batch(now)
    passes.upkeep(now)
    due.scan(now)


def idle_share(settle_seconds: float, seconds: float) -> float:
    """Of one core, the sidecar's own processor time while nothing happens."""
    with ground.sidecar(senders=4) as process:
        time.sleep(settle_seconds)
        before = processor(process.pid)
        time.sleep(seconds)
        return (processor(process.pid) - before) / seconds


def processor(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def median(act: Callable[[], object], rounds: int) -> float:
    act()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
