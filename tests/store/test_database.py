"""The pool promises: commit or roll back, one clock, UTC, and a plain sentence when Postgres is away."""

from __future__ import annotations

import secrets
import traceback
from contextlib import nullcontext
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy
from psycopg import sql

from engine.errors import BadSetting, Crossed, DatabaseExhausted, DatabaseUnreachable
from engine.store import address, database
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


def test_a_pooler_between_us_and_postgres_is_asked_for_nothing_that_it_does_not_keep_track_of(database_url):
    """https://www.pgbouncer.org/config.html#track_extra_parameters: it turns away whoever asks for anything else."""
    for width in (nullcontext, database.narrow):
        with width(), database.transaction() as inside:
            asked = inside.execute(
                "SELECT name FROM pg_settings WHERE source = 'client' AND name NOT IN"
                " ('client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings', 'application_name')"
            )
            assert asked.fetchall() == []
            assert inside.execute("SHOW search_path").fetchone() == {"search_path": "public"}


def test_two_who_wait_for_one_another_are_told_in_words(database_url):
    crossing = "DO $$ BEGIN RAISE deadlock_detected; END $$"

    with pytest.raises(Crossed, match="nobody was told; try again"), database.transaction() as own:
        own.execute(crossing)

    with pytest.raises(DatabaseUnreachable, match="too busy"), database.narrow(), database.transaction() as own:
        own.execute(crossing)


def test_in_a_pipeline_what_nobody_asked_the_rows_of_is_written_too(database_url, connection):
    with database.pipelined() as inside:
        shop.make_lead(inside)
        inside.execute("UPDATE lead SET name = 'Ann'")

    assert [row["name"] for row in connection.execute("SELECT name FROM lead")] == ["Ann"]


def test_a_pipeline_in_which_anything_fails_writes_nothing_and_its_connection_is_used_again(database_url, connection):
    with pytest.raises(psycopg.errors.DivisionByZero), database.pipelined() as inside:
        shop.make_lead(inside)
        inside.execute("SELECT 1 / 0")
        inside.execute("UPDATE lead SET name = 'Ann'")

    with database.transaction() as inside:
        shop.make_lead(inside)
    assert len(shop.events(connection)) == 1


@pytest.mark.parametrize(
    ("written", "year"), [("infinity", 9999), ("20260-12-31", 9999), ("-infinity", 1), ("0044-03-15 BC", 1)]
)
def test_a_date_beyond_every_calendar_takes_no_row_with_it(database_url, written, year):
    asked = "SELECT CAST(%(t)s AS date) AS day, CAST(%(t)s AS timestamptz) AS at, ARRAY[CAST(%(t)s AS date)] AS days"

    with database.transaction() as inside:
        row = inside.execute(asked, {"t": written}).fetchone()

    assert row is not None
    assert {row["day"].year, row["at"].year, row["days"][0].year} == {year}


def test_the_end_of_a_day_is_read_as_the_beginning_of_the_next(database_url):
    with database.transaction() as inside:
        row = inside.execute("SELECT time '24:00' AS until, time '23:59' AS almost").fetchone()

    assert row == {"until": time(0), "almost": time(23, 59)}


def test_a_moment_that_nobody_entered_has_a_day_in_every_time_zone(database_url):
    with database.transaction() as inside:
        row = inside.execute("SELECT timestamptz '0001-01-01 00:00+00' AS at").fetchone()

    assert row is not None
    assert row["at"].astimezone(ZoneInfo("America/New_York")).year == 1


def test_every_other_date_is_read_as_it_is(database_url):
    asked = "SELECT date '2026-03-09' AS day, timestamptz '2026-03-09 10:00:00.25-04' AS at"

    with database.session() as session:
        row = session.execute(sqlalchemy.text(asked)).one()

    assert tuple(row) == (date(2026, 3, 9), datetime(2026, 3, 9, 14, 0, 0, 250_000, tzinfo=UTC))


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


def test_a_kept_connection_is_nobody_else_s_afterwards(database_url):
    keeper = database.Keeper()
    with keeper, database.transaction() as kept:
        kept_pid = kept.info.backend_pid
    keeper.close()

    with database.transaction() as first, psycopg.connect(database_url):
        assert first.info.backend_pid != kept_pid
        assert first.execute("SHOW plan_cache_mode").fetchone() == {"plan_cache_mode": "auto"}


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


EXHAUSTED = """
CREATE FUNCTION exhausted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no room for %', NEW.email USING ERRCODE = '{}', DETAIL = 'Failing row contains maya@example.com.';
END $$;
CREATE TRIGGER exhausted BEFORE INSERT ON lead FOR EACH ROW EXECUTE FUNCTION exhausted();
"""


def with_plain_sql():
    with database.transaction() as inside:
        shop.make_lead(inside, email="maya@example.com")


def with_a_session():
    with database.session() as session:
        session.execute(sqlalchemy.text("INSERT INTO lead (name, email) VALUES ('Maya', 'maya@example.com')"))


@pytest.mark.parametrize("write", [with_plain_sql, with_a_session])
@pytest.mark.parametrize(
    ("code", "said"),
    [("53100", "disk"), ("53200", "memory"), ("53300", "connections"), ("53400", "limit"), ("53777", "lacks")],
)
def test_a_server_without_room_is_one_line_that_quotes_no_row(connection, write, code, said):
    connection.execute(EXHAUSTED.format(code))

    with pytest.raises(DatabaseExhausted, match=said) as failure:
        write()

    told = "".join(traceback.format_exception(failure.value))
    assert "\n" not in str(failure.value)
    assert "maya" not in told
    connection.execute("DROP TRIGGER exhausted ON lead")
    write()


@pytest.mark.parametrize("code", ["57P03", "57P01", "08006"])
def test_a_server_that_starts_or_stops_counts_as_away(connection, code):
    connection.execute(EXHAUSTED.format(code))

    with pytest.raises(DatabaseUnreachable, match="can't be reached") as failure:
        with_plain_sql()

    assert "\n" not in str(failure.value)


def test_a_server_that_takes_no_more_connections_says_so_although_the_pool_was_open(connection, server, monkeypatch):
    monkeypatch.setattr(address, "CONNECT_SECONDS", 1)
    role = sql.Identifier(f"inkbell_{secrets.token_hex(4)}")
    # A superuser would pass any limit.
    server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
    try:
        database.use(f"{connection.info.dsn} user={role.as_string()[1:-1]}")
        with database.transaction():
            # Only now, for the pool's first look at the server may take a moment to be gone from it.
            server.execute(sql.SQL("ALTER ROLE {} CONNECTION LIMIT 1").format(role))
            with pytest.raises(DatabaseExhausted, match="too many connections"), database.transaction():
                pass
    finally:
        database.close()
        server.execute(sql.SQL("DROP ROLE {}").format(role))
