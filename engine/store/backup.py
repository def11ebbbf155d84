"""Dumps of the database under the data directory, and the way back; the key is never in them."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine import settings
from engine.errors import Conflict, InkbellError, SchemaAhead
from engine.store import address, database, embedded, heartbeat, queries, schema

sql = queries.load("backup")

KEPT = 14
EVERY = timedelta(days=1)
TIMEOUT_SECONDS = 3600
LOCK_SECONDS = 10
NAME = "inkbell-%Y%m%dT%H%M%SZ.dump"
NEWER = b"SET transaction_timeout = 0;"
"""Written by the programs of PostgreSQL 17 and later whatever the server is; older ones refuse it."""
SETTLING = ("pause", "hold_outgoing", "doubt", "no_sidecars")


def folder() -> Path:
    return settings.environment().data_dir / "backups"


def kept() -> list[Path]:
    """Those that were made by the day, the newest first."""
    return sorted((file for file in folder().glob("inkbell-*.dump") if _made_at(file)), reverse=True)


def last(now: datetime) -> datetime | None:
    """When the newest backup was begun. One from after `now`, of a clock that ran ahead, tells nothing."""
    return next((at for file in kept() if (at := _made_at(file)) and at <= now), None)


def is_due(now: datetime) -> bool:
    made_at = last(now)
    return made_at is None or made_at <= now - EVERY


def make(now: datetime) -> Path:
    """Writes a dump and drops all but the newest fourteen. Raises Conflict while another process does the same."""
    _private_folder()
    file = folder() / now.astimezone(UTC).strftime(NAME)
    lock = os.open(folder() / ".lock", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left_behind in folder().glob(".*.part"):
            left_behind.unlink()
        dump(file)
        for old in kept()[KEPT:]:
            old.unlink()
    except BlockingIOError:
        raise Conflict("another process is making a backup at this moment; wait for it") from None
    finally:
        os.close(lock)
    return file


def dump(file: Path) -> None:
    """The whole database as one moment shows it. The file is there only when it is complete."""
    part = file.with_name(f".{file.name}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        _run("pg_dump", "--format=custom", "--file", str(part))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def restore(file: Path, now: datetime) -> Path | None:
    """
    Puts the backup in the place of what is there, all or nothing, and leaves sending paused.

    What was waiting is held as `restored`. Returns a dump of what was there before, None when that was nothing.
    """
    if not file.is_file():
        raise InkbellError(f"{str(file)!r} is no file; name one of {str(folder())!r}")
    _private_folder()
    with database.transaction() as connection:
        present = connection.execute(sql.present).fetchone()
        assert present is not None
        version = connection.info.server_version
        if present["heartbeat"] and heartbeat.is_fresh(connection):
            raise Conflict("a sidecar works on this database; stop it and the app, then restore")
    with tempfile.TemporaryDirectory(dir=folder()) as place:
        script, settling = Path(place) / "restore.sql", Path(place) / "settle.sql"
        _refuse_newer(file, Path(place) / "version.sql")
        _run("pg_restore", "--no-owner", "--schema=public", "--file", str(script), str(file.resolve()))
        if version < 170_000:
            _leave_out(NEWER, script)
        settling.write_text(";\n".join(sql.statements[name] for name in SETTLING) + ";\n")
        before = None
        if present["shop"]:
            before = folder() / now.astimezone(UTC).strftime(f"before-restore-{NAME}")
            dump(before)
        _run(
            "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", "--output=/dev/null",
            "--command", f"SET lock_timeout = '{LOCK_SECONDS}s'; SET client_min_messages = warning",
            "--command", "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC",
            "--file", str(script), "--file", str(settling),
        )  # fmt: skip
    return before


def _refuse_newer(file: Path, version: Path) -> None:
    """Raises SchemaAhead before anything is changed, for afterwards no command of this version would work any more."""
    _run("pg_restore", "--data-only", "--table=alembic_version", "--file", str(version), str(file.resolve()))
    found, known = re.findall(r"^\d{4}$", version.read_text(), re.MULTILINE), schema.revisions()[-1]
    if found and max(found) > known:
        raise SchemaAhead(
            f"the backup is at migration {max(found)!r} and this version knows only {known!r}; "
            "restore it with the newer version"
        )


def _leave_out(setting: bytes, script: Path) -> None:
    """Makes a comment of it where it stands, for the script is as large as the shop's data."""
    with script.open("r+b") as opened:
        if (at := opened.read(4096).find(setting)) >= 0:
            opened.seek(at)
            opened.write(b"--")


def _made_at(file: Path) -> datetime | None:
    try:
        return datetime.strptime(file.name, NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _private_folder() -> None:
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)


def _run(program: str, *arguments: str) -> None:
    try:
        done = subprocess.run(
            [_found(program), *arguments],
            env=address.environment(database.url()) | {"PGAPPNAME": "inkbell backup"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise InkbellError(f"{program} took longer than {TIMEOUT_SECONDS // 60} minutes and was stopped") from None
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if line.strip()), "it gave no reason")
        raise InkbellError(f"{program} failed ({said.strip()}); nothing was changed, correct that and try again")


def _found(program: str) -> Path:
    """With a server of the shop's own the programs beside it come first, for they were made for its version."""
    own = settings.environment().database_url is None
    found = [] if own else [shutil.which(program)]
    paths = [Path(path) for path in (*found, embedded.program(program)) if path]
    with database.transaction() as connection:
        needed = connection.info.server_version // 10_000
    for path in paths:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30).stdout
        if (version := re.search(r"\d+", said)) and int(version[0]) >= needed:
            return path
    raise InkbellError(
        f"{program} of PostgreSQL {needed} is missing; install PostgreSQL's client programs, or back up at the server"
    )
