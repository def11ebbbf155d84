"""What every test can ask for: a fresh database of its own, on one embedded server for the whole run."""

from __future__ import annotations

import fcntl
import gc
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser
from psycopg import sql
from psycopg.rows import dict_row

from engine import settings
from engine.store import database, embedded
from engine.store.migrate import migrate
from tests.chromium import chromium

FOLDER = "INKBELL_TEST_FOLDER"
TEMPLATE = "inkbell_template"

# Losing the data at a power cut is fine here, and waiting for the disk is most of what a test would do.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "max_connections=200",
)

LEFT: list[str] = []

Admin = psycopg.Connection[tuple[object, ...]]


def in_memory() -> str | None:
    """A file system in memory with room for the run's server, else None: a test's database is made 15 times as fast."""
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    return str(memory) if roomy else None


def pytest_configure(config: pytest.Config) -> None:
    # Every sidecar and app that a test starts would compile all of it anew, and every run all the tests.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    settings.Environment.model_config["env_file"] = None
    for name in settings.Environment.model_fields:
        os.environ.pop(name.upper(), None)
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="inkbell-tests-", dir=in_memory())
    os.environ["INKBELL_DATA_DIR"] = str(Path(os.environ[FOLDER]) / "data")


def pytest_collection_finish() -> None:
    # What was imported and collected stays until the end, and looking through all of it for garbage again and again
    # takes longer than most tests.
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    database.close()
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[FOLDER], ignore_errors=True)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The maintenance database of this run's server, with the migrated template beside it."""
    folder = Path(os.environ[FOLDER])
    hold = embedded.Hold(folder / "server", FAST)
    with (folder / "template.lock").open("w") as lock, psycopg.connect(hold.url, autocommit=True) as admin:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if admin.execute("SELECT FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone() is None:
            draft = f"{TEMPLATE}_{secrets.token_hex(4)}"
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
            database.use(hold.url.replace("/postgres?", f"/{draft}?", 1))
            migrate()
            with database.transaction() as template:
                # Every test's database is a copy of this one, and none shall count as a copy.
                template.execute("UPDATE shop SET fingerprint = NULL")
            database.close()
            # A session of ours may take a moment longer to end than its connection, and would be in the way.
            admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [draft])
            # Only a finished one gets the name, so that a broken migration is seen as such by every worker.
            admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (draft, TEMPLATE))))
    yield hold.url
    hold.release()


@pytest.fixture(scope="session")
def server(server_url: str) -> Iterator[Admin]:
    with psycopg.connect(server_url, autocommit=True) as admin:
        yield admin


@contextmanager
def fresh_database(server: Admin, server_url: str, monkeypatch: pytest.MonkeyPatch, *, template: str) -> Iterator[str]:
    """A database that this process and its subprocesses use, gone when the next one is made, or with the server."""
    name = f"inkbell_{secrets.token_hex(8)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    server.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    url = server_url.replace("/postgres?", f"/{name}?", 1)
    monkeypatch.setenv("DATABASE_URL", url)
    database.use(url)
    drop_left(server)
    yield url
    database.close()
    LEFT.append(name)


@contextmanager
def lasting_database(server: Admin, server_url: str) -> Iterator[str]:
    """As `fresh_database`, for a fixture that outlives a test."""
    with pytest.MonkeyPatch.context() as patch, fresh_database(server, server_url, patch, template=TEMPLATE) as url:
        yield url


def drop_left(server: Admin) -> None:
    """Drops what earlier tests left: their sessions have ended by now, and Postgres needn't wait for them."""
    while LEFT:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(LEFT.pop())))


@pytest.fixture
def database_url(server: Admin, server_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh migrated database: tables, statuses, rules at their defaults, one shop, no staff."""
    with fresh_database(server, server_url, monkeypatch, template=TEMPLATE) as url:
        yield url


@pytest.fixture
def empty_database_url(server: Admin, server_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database that was never migrated."""
    with fresh_database(server, server_url, monkeypatch, template="template0") as url:
        yield url


@pytest.fixture(scope="session")
def shared_url(server: Admin, server_url: str) -> str:
    """A migrated database for the tests that only look at it: Postgres refuses every change."""
    name = f"inkbell_shared_{secrets.token_hex(8)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    server.execute(create.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    refuse = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on")
    server.execute(refuse.format(sql.Identifier(name)))
    return server_url.replace("/postgres?", f"/{name}?", 1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for every test of the run that looks; each opens windows that share nothing with another's."""
    with chromium() as started:
        yield started


@pytest.fixture
def connection(database_url: str) -> Iterator[database.Connection]:
    """In autocommit, as the shop's own system would be: each statement stands at once."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row, options="-c timezone=UTC") as opened:
        yield opened
