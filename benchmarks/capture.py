"""What the triggers cost whoever changes many rows at once."""

from __future__ import annotations

import statistics
import time

from benchmarks import ground
from benchmarks.table import Row, Rows
from tests.shop import Connection

JOBS = 10_000
TURNS = 9


def rows(jobs: int = JOBS, turns: int = TURNS) -> Rows:
    with ground.shop() as connection:
        ground.fill(connection, jobs)
        # A connection that is in use: what it did before must not make this dearer.
        connection.execute("UPDATE job SET status = 'films' WHERE id = (SELECT min(id) FROM job)")
        ours, without = [], []
        for turn in range(turns):
            ours.append(update(connection, "'in_production'" if turn % 2 == 0 else "'bagging'"))
            # Its foreign keys stay: a shop without Inkbell would have them too.
            connection.execute("ALTER TABLE job DISABLE TRIGGER USER")
            without.append(update(connection, "'films'"))
            connection.execute("ALTER TABLE job ENABLE TRIGGER USER")
    figure, yardstick = statistics.median(ours), statistics.median(without)
    yield Row(f"capture: status of {jobs:,} jobs updated", figure, yardstick, "without triggers", "s", at_most=1.5)


def update(connection: Connection, status: str) -> float:
    connection.execute("CHECKPOINT")
    connection.execute("VACUUM job")
    began = time.perf_counter()
    connection.execute(f"UPDATE job SET status = {status}")
    return time.perf_counter() - began
