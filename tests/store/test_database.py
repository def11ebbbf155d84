"""The pool promises: commit or roll back, one clock, UTC, and a plain sentence when Postgres is away."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy

from engine.errors import BadSetting, DatabaseUnreachable
from engine.store import database
from tests import shop


def test_a_transaction_commits_at_its_end(database_url, connection):
    with database.transaction() as inside:
        shop.make_lead(inside)

    assert len(shop.events(connection)) == 1


def test_a_transaction_that_fails_rolls_back_and_its_connection_is_used_again(database_url, connection):
    with pytest.raises(RuntimeError, match="half-way"), database.transaction() as inside:
        shop.make_lead(inside)
        raise RuntimeError("half-way")

    with database.transaction() as inside:
        shop.make_lead(inside)
    assert len(shop.events(connection)) == 1


def test_rows_are_dictionaries_in_utc_also_after_a_session_had_the_connection(database_url):
    with database.session() as session:
        session.execute(sqlalchemy.text("SELECT 1"))

    with database.transaction() as inside:
        assert inside.execute("SHOW timezone").fetchone() == {"TimeZone": "UTC"}


def test_now_moves_within_a_transaction(database_url):
    with database.transaction() as inside:
        first, second = database.now(inside), database.now(inside)

    assert first < second
    assert first.utcoffset().total_seconds() == 0


def test_an_old_spelling_of_the_url_is_understood(monkeypatch, database_url):
    database.close()
    monkeypatch.setenv("DATABASE_URL", database_url.replace("postgresql://", "postgres://"))

    assert database.url() == database_url
    with database.session() as session:
        assert session.execute(sqlalchemy.text("SELECT 1")).scalar() == 1


@pytest.mark.parametrize("use", [database.transaction, database.session, database.listener])
def test_a_server_that_is_not_there_is_one_line_without_the_password(monkeypatch, use):
    monkeypatch.setenv("DATABASE_URL", "postgresql://press:s3cret@127.0.0.1:1/shop")
    database.close()

    with pytest.raises(DatabaseUnreachable, match=r"can't be reached .*DATABASE_URL") as failure, use():
        pass
    assert "s3cret" not in str(failure.value)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    "url", ["s3cret", "postgresql://press:s3cret@host:port/shop", "mysql://press:s3cret@host/shop"]
)
def test_a_malformed_url_is_one_line_without_the_password(monkeypatch, url):
    monkeypatch.setenv("DATABASE_URL", url)
    database.close()

    with pytest.raises((BadSetting, DatabaseUnreachable)) as failure, database.transaction():
        pass
    assert "s3cret" not in str(failure.value)
    assert "\n" not in str(failure.value)


def cut(connection: psycopg.Connection[shop.Row]) -> None:
    """Ends every other connection to this database, as a restart of Postgres would."""
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_a_connection_that_was_cut_while_idle_is_replaced_unnoticed(database_url, connection):
    with database.transaction() as inside:
        inside.execute("SELECT 1")

    cut(connection)

    with database.transaction() as inside:
        assert inside.execute("SELECT 1 AS one").fetchone() == {"one": 1}
    cut(connection)
    with database.session() as session:
        assert session.execute(sqlalchemy.text("SELECT 1")).scalar() == 1


def test_a_connection_that_is_cut_in_a_transaction_says_so_and_the_next_one_works(database_url, connection):
    with pytest.raises(DatabaseUnreachable), database.transaction() as inside:
        inside.execute("SELECT 1")
        cut(connection)
        inside.execute("SELECT 1")

    with database.transaction() as inside:
        assert inside.execute("SELECT 1 AS one").fetchone() == {"one": 1}


def test_a_session_that_is_cut_says_so_and_the_next_one_works(database_url, connection):
    with pytest.raises(DatabaseUnreachable), database.session() as session:
        session.execute(sqlalchemy.text("SELECT 1"))
        cut(connection)
        session.execute(sqlalchemy.text("SELECT 1"))

    with database.session() as session:
        assert session.execute(sqlalchemy.text("SELECT 1")).scalar() == 1


def test_a_listener_that_is_cut_says_so(database_url, connection):
    with pytest.raises(DatabaseUnreachable), database.listener() as ears:
        cut(connection)
        list(ears.notifies(timeout=5))
