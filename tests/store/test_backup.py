"""Backups promise: they come back whole, the key is never in them, and nothing leaves by itself after a restore."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from engine import settings
from engine.errors import Conflict
from engine.store import address, backup, database, embedded, heartbeat
from engine.store.database import Connection
from engine.store.migrate import migrate
from sidecar import passes
from tests import ready_server
from tests.desk import NOW, messages, open_shop
from tests.shop import insert, make_customer, make_job, make_staff, move_job
from tests.test_commands import one_line, run

BROKEN = """#!/bin/sh
[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" && exit
echo "pg_dump: error: out of memory" >&2
exit 1
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of the test's own."""
    monkeypatch.setenv("INKBELL_DATA_DIR", str(tmp_path))
    return tmp_path / "backups"


def waiting(connection: Connection, key: str, **values: object) -> None:
    given = {"rule_key": "order_received_email", "channel": "email", "dedupe_key": key, "send_after": NOW}
    insert(connection, "message", **given | {"status": "queued"} | values)


def restored(database_url: str, file: Path) -> Connection:
    assert run("restore", file).returncode == 0
    return psycopg.connect(database_url, autocommit=True, row_factory=dict_row)


# Making them


def test_a_backup_is_the_owners_alone_and_holds_no_key(connection: Connection, folder: Path) -> None:
    key = settings.secret_keys(settings.environment())[0]

    made = run("backup")

    (file,) = folder.glob("*.dump")
    assert made.stdout.startswith(f"wrote {str(file)!r}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert key not in file.read_bytes()


def test_a_sidecar_makes_one_when_the_last_is_older_than_a_day(connection: Connection, folder: Path) -> None:
    made = [passes.back_up(NOW + timedelta(hours=hours)) for hours in (0, 23, 24, 25)]

    assert made == [True, False, True, False]
    assert backup.last(NOW + timedelta(hours=25)) == NOW + timedelta(hours=24)


def test_one_dated_by_a_clock_that_ran_ahead_keeps_none_from_being_made(connection: Connection, folder: Path) -> None:
    folder.mkdir()
    (folder / (NOW + timedelta(days=3650)).strftime(backup.NAME)).touch()

    assert backup.last(NOW) is None
    assert passes.back_up(NOW)
    assert not passes.back_up(NOW)


def test_the_newest_fourteen_are_kept(connection: Connection, folder: Path) -> None:
    folder.mkdir()
    for day in range(20):
        (folder / (NOW - timedelta(days=day + 1)).strftime(backup.NAME)).touch()
    (folder / "inkbell-by-hand.dump").touch()

    backup.make(NOW)

    assert len(backup.kept()) == 14
    assert backup.last(NOW) == NOW
    assert (folder / "inkbell-by-hand.dump").exists()


def test_a_backup_that_fails_leaves_no_file_and_is_told_to_admins_once(
    connection: Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = folder.parent / "bin"
    broken.mkdir()
    (broken / "pg_dump").write_text(BROKEN)
    (broken / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", str(broken), prepend=":")

    made = [passes.back_up(NOW), passes.back_up(NOW + timedelta(minutes=10))]

    told = messages(connection, rule_key="system_alert")
    assert made == [False, False]
    assert [file.name for file in folder.iterdir()] == [".lock"]
    assert [message["subject"] for message in told] == ["The nightly backup failed"]
    assert "out of memory" in told[0]["body_text"]


def test_while_the_database_is_away_there_is_none_and_no_crash(database_url: str) -> None:
    database.use("postgresql://nobody@127.0.0.1:1/nothing")

    assert not passes.back_up()


def test_without_the_program_it_is_one_clear_sentence(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/nowhere")

    refused = run("backup")

    assert refused.returncode == 1
    assert one_line(refused.stderr).startswith(
        "pg_dump of PostgreSQL 18 is missing; install PostgreSQL's client programs"
    )


def test_programs_older_than_the_server_are_passed_over(
    connection: Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
    (folder.parent / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder.parent), prepend=":")

    assert backup.make(NOW).stat().st_size > 10_000


def test_what_the_url_leaves_out_is_the_same_for_the_backup_as_for_the_app(
    connection: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = connection.info.dbname
    database.use(database_url.replace(f"/{name}?", "/?"))
    monkeypatch.setenv("PGDATABASE", name)

    file = backup.make(NOW)

    program = embedded.program("pg_restore")
    assert program
    listed = subprocess.run([program, "--list", file], capture_output=True, text=True, check=True).stdout
    assert f"dbname: {name}\n" in listed
    assert "TABLE public customer" in listed


# Bringing them back


def test_a_restore_brings_back_the_records_and_keeps_what_was_there(
    connection: Connection, database_url: str, folder: Path
) -> None:
    make_customer(connection, name="Before")
    file = backup.make(NOW)
    make_customer(connection, name="After")
    connection.close()

    with restored(database_url, file) as again:
        names = [row["name"] for row in again.execute("SELECT name FROM customer")]
        job = make_job(again)

    assert names == ["Before"]
    assert job["number"] == "1001"
    assert len([*folder.glob("before-restore-*.dump")]) == 1


def test_make_backup_and_make_restore_are_a_round_trip_on_a_server_of_our_own() -> None:
    data_dir = Path(tempfile.mkdtemp(prefix="inkbell-", dir="/tmp"))
    ready_server.copy(data_dir)
    kept_running = embedded.Hold(data_dir)
    own = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    def make(*target: str, given: str = "") -> str:
        done = subprocess.run(
            ["make", "--silent", "--old-file=.venv/.runs", *target], cwd=settings.ROOT,
            env=own | {"INKBELL_DATA_DIR": str(data_dir)}, input=given, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    try:
        make("migrate")
        with psycopg.connect(kept_running.url, autocommit=True) as shop:
            shop.execute("INSERT INTO customer (name) VALUES ('Before')")
            make("backup")
            shop.execute("UPDATE customer SET name = 'After'")
        (file,) = (data_dir / "backups").glob("inkbell-*.dump")
        make("restore", f"FILE={file}")
        found = make("psql", given="COPY (SELECT customer.name, sending_paused FROM customer, shop) TO STDOUT;")
    finally:
        kept_running.release()
        embedded.Server(data_dir).stop()
        shutil.rmtree(data_dir)

    assert found == "Before\tt\n"


def test_after_a_restore_nothing_leaves_until_an_admin_has_looked(connection: Connection, database_url: str) -> None:
    waiting(connection, "queued")
    waiting(connection, "sending", status="sending", lease=3, leased_until=NOW)
    waiting(connection, "sent", status="sent")
    file = backup.make(NOW)
    connection.close()

    with restored(database_url, file) as again:
        rows = {m["dedupe_key"]: (m["status"], m["reason"]) for m in messages(again, rule_key="order_received_email")}
        shop = again.execute("SELECT sending_paused FROM shop").fetchone()

    assert shop == {"sending_paused": True}
    assert rows == {"queued": ("held", "restored"), "sending": ("held", "restored"), "sent": ("sent", None)}


def test_older_events_are_listed_and_what_they_would_say_is_held(connection: Connection, database_url: str) -> None:
    open_shop(connection)
    make_staff(connection)
    job = make_job(connection, source="customer")
    moved = move_job(connection, job, "in_production")
    file = backup.make(NOW)
    connection.close()

    done = run("restore", file)

    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as again:
        outgoing = {(m["rule_key"], m["status"], m["reason"]) for m in messages(again, channel="email")}
        told = messages(again, rule_key="system_alert")
        left = again.execute("SELECT FROM event WHERE handled_at IS NULL").fetchall()
    assert done.stdout.count(f"older event: job.status_changed of job {moved['id']}, ") == 1
    assert outgoing == {
        ("order_received_email", "held", "restored"),
        ("production_started_email", "held", "restored"),
    }
    assert f"job.status_changed of job {job['id']}" in told[0]["body_text"]
    assert left == []


def test_a_restore_that_fails_changes_nothing(connection: Connection, folder: Path) -> None:
    make_customer(connection, name="Still here")
    (folder.parent / "broken.dump").write_bytes(b"PGDMP is how one starts")

    refused = run("restore", folder.parent / "broken.dump")

    assert refused.returncode == 1
    assert "pg_restore failed" in one_line(refused.stderr)
    assert connection.execute("SELECT name FROM customer").fetchall() == [{"name": "Still here"}]
    assert connection.execute("SELECT sending_paused FROM shop").fetchall() == [{"sending_paused": False}]


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_changed(connection: Connection) -> None:
    known = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert known
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    file = backup.make(NOW)
    connection.execute("UPDATE alembic_version SET version_num = %(version_num)s", known)
    make_customer(connection, name="Still here")

    refused = run("restore", file)

    assert refused.returncode == 1
    assert "the backup is at migration '9999'" in one_line(refused.stderr)
    assert connection.execute("SELECT name FROM customer").fetchall() == [{"name": "Still here"}]


@pytest.fixture
def older_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """PostgreSQL 16, whose programs are in the package too; migrated, and this process' database."""
    data_dir = Path(tempfile.mkdtemp(prefix="inkbell-", dir="/tmp"))
    server = embedded.Server(data_dir)
    server.pgdata.mkdir(mode=0o700)
    if server.user:
        os.chown(server.pgdata, server.user.pw_uid, server.user.pw_gid)
        embedded._let_pass(server.pgdata, server.user)
    with monkeypatch.context() as patch:
        older = embedded._install().with_name("pginstall")
        patch.setattr(embedded, "_install", lambda: older)
        server._run("initdb", "--auth=trust", "--encoding=UTF8", "--no-sync", "-U", "postgres", "-D", server.pgdata)
        server._start(["-h", "", "-p", "5432", "-k", str(server.pgdata), "-c", "fsync=off"])
    monkeypatch.setenv("DATABASE_URL", server.url)
    database.use(server.url)
    migrate()
    yield server.url
    database.close()
    server.stop()
    shutil.rmtree(data_dir)


def test_newer_programs_bring_a_backup_back_to_an_older_server(older_server: str) -> None:
    with psycopg.connect(older_server, autocommit=True, row_factory=dict_row) as connection:
        make_customer(connection, name="Before")
        file = backup.make(NOW)
        connection.execute("UPDATE customer SET name = 'After'")

    with restored(older_server, file) as again:
        assert again.execute("SELECT name FROM customer").fetchall() == [{"name": "Before"}]


def test_a_file_that_is_not_there_is_one_sentence(connection: Connection) -> None:
    assert "is no file" in one_line(run("restore", "/nowhere/x.dump").stderr)


def test_nothing_is_restored_under_a_sidecar_at_work(connection: Connection) -> None:
    file = backup.make(NOW)
    heartbeat.beat(connection, "1-abc", {})

    refused = run("restore", file)

    assert "stop it and the app" in one_line(refused.stderr)


def test_two_backups_at_once_are_one(connection: Connection, folder: Path) -> None:
    import fcntl

    folder.mkdir()
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(Conflict, match="wait for it"):
            backup.make(NOW)

    assert backup.kept() == []


def test_a_password_is_on_no_command_line() -> None:
    given = address.environment("postgresql://shop:s3cret@db.example.com:6432/shop?sslmode=require")

    assert given.items() >= {
        "PGUSER": "shop", "PGPASSWORD": "s3cret", "PGHOST": "db.example.com", "PGPORT": "6432",
        "PGDATABASE": "shop", "PGSSLMODE": "require",
    }.items()  # fmt: skip


def test_make_psql_shows_no_password_either(tmp_path: Path) -> None:
    (tmp_path / "psql").write_text('#!/bin/sh\necho "psql $* as $PGPASSWORD"\n')
    (tmp_path / "psql").chmod(0o755)
    own = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DATABASE_URL": "postgresql://shop:s3cret@db.example.com/shop"}

    said = subprocess.run(
        ["make", "--silent", "--old-file=.venv/.runs", "psql"], cwd=settings.ROOT, env=os.environ | own,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert said.stdout == "psql  as s3cret\n"


def test_the_age_of_the_last_is_known_from_its_name(folder: Path) -> None:
    folder.mkdir()
    (folder / "inkbell-20260302T150000Z.dump").touch()

    assert backup.last(NOW) == NOW == datetime.fromisoformat("2026-03-02T15:00:00+00:00")
