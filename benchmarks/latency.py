"""From the commit of a change to the mail server's yes, while changes come steadily."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks import ground, mail, pipeline
from benchmarks.table import Row, Rows
from tests.shop import Connection

A_SECOND = 50
CHANGES = 300
WARM_UP = 20
"""Changes at once before it counts, so that every connection stands, ours and the yardstick's."""


def rows(changes: int = CHANGES) -> Rows:
    ours, bare = measured(inkbell, changes), measured(echo, changes)
    for name, share, aim in (("half", 0.5, 2), ("99 %", 0.99, 5)):
        figure, yardstick = at(ours, share), at(bare, share)
        what = f"commit to accepted, {A_SECOND} changes a second, {name} within"
        yield Row(what, figure, yardstick, "a bare NOTIFY and smtplib", "s", at_most=aim)


def measured(way: Callable[..., Iterator[Callable[[Connection, int], None]]], changes: int) -> list[float]:
    """Seconds of each change, by the address that it leads to."""
    committed = {}
    with mail.server() as server, ground.shop() as connection:
        ground.fill(connection, WARM_UP + changes)
        with contextmanager(way)(server.port, connection) as change:
            for number in range(1, WARM_UP + 1):
                change(connection, number)
            pipeline.until(lambda: server.taken() == WARM_UP, "the warm-up", 60)
            began = time.perf_counter()
            for turn in range(changes):
                time.sleep(max(0.0, began + turn / A_SECOND - time.perf_counter()))
                number = WARM_UP + 1 + turn
                change(connection, number)
                committed[f"c{number}@example.com"] = time.perf_counter()
            pipeline.until(lambda: server.taken() == WARM_UP + changes, f"{changes} changes", 60)
        arrived = server.arrivals()
    # On a busy machine the mail may be there before this process hears that its change is committed.
    return [max(arrived[to] - at, 1e-6) for to, at in committed.items()]


def inkbell(port: int, connection: Connection) -> Iterator[Callable[[Connection, int], None]]:
    def change(connection: Connection, number: int) -> None:
        connection.execute("UPDATE job SET status = 'in_production' WHERE id = %s", [number])

    with ground.sidecar(senders=4, SMTP_URL=f"smtp://127.0.0.1:{port}"):
        yield change


def echo(port: int, connection: Connection) -> Iterator[Callable[[Connection, int], None]]:
    def change(connection: Connection, number: int) -> None:
        connection.execute("SELECT pg_notify('bench', %s)", [f"c{number}@example.com"])

    process = subprocess.Popen(
        [sys.executable, "-c", ECHO, ground.url(), str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdin.write(pipeline.ready_made())  # type: ignore[union-attr]
    process.stdin.close()  # type: ignore[union-attr]
    process.stdout.readline()  # type: ignore[union-attr]
    try:
        yield change
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]


ECHO = """
import smtplib, sys, psycopg
data = sys.stdin.buffer.read()
client = smtplib.SMTP("127.0.0.1", int(sys.argv[2]))
connection = psycopg.connect(sys.argv[1], autocommit=True)
connection.execute("LISTEN bench")
print("ready", flush=True)
for notice in connection.notifies():
    client.sendmail("hello@example.com", [notice.payload], data)
"""


def at(times: list[float], share: float) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[round(share * 100) - 1]
