"""A copied database promises: nothing leaves it until an admin adopts it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from engine import copies
from engine.deliver import channel
from engine.errors import NotAllowed
from engine.store import database, fingerprint
from engine.store.database import Connection
from tests.desk import NOW
from tests.shop import make_staff, set_shop
from tests.test_commands import run

FIRST, SECOND = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def live(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setenv("INKBELL_SECRET_KEY", FIRST)
    set_shop(connection, delivery_mode="live")
    fingerprint.mark(connection)
    return connection


def mode(connection: Connection) -> str:
    return channel.desk(connection, "email").mode


def as_if_copied(connection: Connection) -> None:
    """What a dump of another shop's database brings with it."""
    set_shop(connection, fingerprint="0" * 64)


def test_the_database_it_was_marked_in_is_no_copy(live: Connection) -> None:
    assert not fingerprint.is_copy(live)
    assert mode(live) == "live"


def test_a_copy_stays_in_the_sandbox(live: Connection) -> None:
    as_if_copied(live)

    assert fingerprint.is_copy(live)
    assert mode(live) == "sandbox"


def test_another_key_makes_it_a_copy(live: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKBELL_SECRET_KEY", SECOND)

    assert mode(live) == "sandbox"


def test_a_key_that_is_rotated_does_not(live: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKBELL_SECRET_KEY", f"{SECOND},{FIRST}")
    assert mode(live) == "live"

    fingerprint.mark(live)
    monkeypatch.setenv("INKBELL_SECRET_KEY", SECOND)

    assert mode(live) == "live"


def test_another_server_makes_it_a_copy(live: Connection, database_url: str, server, server_url: str) -> None:
    name = live.info.dbname
    copied = f"{name}_copy"
    live.close()
    database.close()
    server.execute(f"CREATE DATABASE {copied} TEMPLATE {name} STRATEGY file_copy")
    database.use(server_url.replace("/postgres?", f"/{copied}?", 1))

    with database.transaction() as connection:
        found = fingerprint.is_copy(connection)

    database.use(database_url)
    server.execute(f"DROP DATABASE {copied} WITH (FORCE)")
    assert found


def test_migrating_a_copy_does_not_adopt_it(live: Connection) -> None:
    as_if_copied(live)

    run("migrate")

    assert fingerprint.is_copy(live)


def test_an_admin_adopts_it_and_the_ledger_says_who(live: Connection) -> None:
    as_if_copied(live)

    first, second = run("adopt"), run("adopt")

    assert first.stdout == "this database is a shop of its own now\n"
    assert second.stdout == "this is no copy; nothing changed\n"
    assert mode(live) == "live"
    assert live.execute("SELECT actor, action FROM audit_entry").fetchall() == [
        {"actor": "command line", "action": "copy.adopted"}
    ]


def test_nobody_else_adopts_it(live: Connection) -> None:
    as_if_copied(live)

    with pytest.raises(NotAllowed):
        copies.adopt(live, actor=make_staff(live, role="sales")["id"], now=NOW)

    assert fingerprint.is_copy(live)


def test_with_a_server_of_its_own_and_no_key_each_machine_finds_the_same(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fingerprint.mark(connection)

    monkeypatch.setenv("INKBELL_DATA_DIR", str(tmp_path))

    assert not fingerprint.is_copy(connection)
