"""Where measurements take place: a Postgres of their own with fsync on, and a shop in it that is live."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from engine.store import database, embedded
from engine.store.migrate import migrate
from tests.shop import Connection

ROOT = Path(__file__).parents[1]
TEMPLATE = "bench_template"
RULE = "production_started_email"

_numbers = count(1)


@cache
def server() -> str:
    """The maintenance database of a server that ends with this process."""
    folder = Path(tempfile.mkdtemp(prefix="inkbell-bench-"))
    hold = embedded.Hold(folder / "server")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(hold.release)
    os.environ["INKBELL_DATA_DIR"] = str(folder / "data")
    with psycopg.connect(hold.url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {TEMPLATE}")
    database.use(_named(hold.url, TEMPLATE))
    migrate()
    with database.transaction() as connection:
        connection.execute("UPDATE shop SET fingerprint = NULL")
    database.close()
    return hold.url


@contextmanager
def shop(**columns: object) -> Iterator[Connection]:
    """A migrated database that this process uses, with one rule on, no grace and no surge limit."""
    maintenance, name = server(), f"bench_{next(_numbers)}"
    with psycopg.connect(maintenance, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, TEMPLATE))))
    url = _named(maintenance, name)
    os.environ["DATABASE_URL"] = url
    database.use(url)
    try:
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            connection.execute(
                "UPDATE shop SET name = 'Bay Street Print', email = 'hello@example.com', delivery_mode = 'live',"
                " public_url = 'https://orders.example.com', grace_seconds = 0, surge_limit = 0"
            )
            connection.execute("UPDATE rule_setting SET enabled = rule_key = %s, enabled_at = '2020-01-01Z'", [RULE])
            yield connection
    finally:
        database.close()
        with psycopg.connect(maintenance, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def fill(connection: Connection, jobs: int, status: str = "art_approved") -> None:
    """As many customers, each with a job, without a single event left to decide."""
    connection.execute(
        "INSERT INTO customer (name, email) SELECT 'Customer ' || n, 'c' || n || '@example.com'"
        " FROM generate_series(1, %s) AS n",
        [jobs],
    )
    connection.execute(
        "INSERT INTO job (title, customer_id, status, quantity) SELECT 'Club shirts ' || id, id, %s, 48 FROM customer",
        [status],
    )
    connection.execute("DELETE FROM event")
    connection.execute("VACUUM ANALYZE")


@contextmanager
def sidecar(*, senders: int, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A running one, idle and warm."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sidecar", "--senders", str(senders)],
        cwd=ROOT,
        env={**os.environ, "INKBELL_DELIVERY": "live", "MAIL_FROM": "hello@example.com", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _named(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?", 1)


def url() -> str:
    """The present shop's database, as another process wants it."""
    return os.environ["DATABASE_URL"]
