"""The embedded server promises: it is there for whoever asks, shared by all, and gone with the last of them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from engine import settings
from engine.errors import DatabaseUnreachable
from engine.store import embedded
from tests import ready_server
from tests.conftest import in_memory

# The interpreter may lie where only root can read, so privileges are dropped after the imports.
PROGRAM = """
import os
import pwd
import sys
from engine.errors import InkbellError
from engine.store import database
if len(sys.argv) > 1:
    user = pwd.getpwnam(sys.argv[1])
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
try:
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(1)")
        connection.execute("CREATE TABLE IF NOT EXISTS visit (id integer)")
        connection.execute("INSERT INTO visit VALUES (1)")
except InkbellError as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(database.url(), flush=True)
sys.stdin.read()
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
US = pytest.param(None, id="root" if os.geteuid() == 0 else "ordinary user")
NOBODY = pytest.param("nobody", id="ordinary user under root", marks=needs_root)


class Process:
    """A program that uses the server until it is told to leave; `url` waits until it has it."""

    def __init__(self, data_dir: Path, user: str | None) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PROGRAM, *([user] if user else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=settings.ROOT,
            env={"PATH": os.environ["PATH"], "INKBELL_DATA_DIR": str(data_dir), "PYTHONDONTWRITEBYTECODE": "1"},
        )

    @property
    def url(self) -> str:
        assert self._popen.stdout is not None
        return self._popen.stdout.readline().strip()

    def leave(self) -> str:
        """Ends it as at the end of any program; what it said on stderr."""
        return self._popen.communicate(timeout=60)[1]

    def kill(self) -> None:
        with self._popen:
            self._popen.kill()


def visits(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM visit").fetchone()
    assert row is not None
    return int(row[0])


def answers(url: str) -> bool:
    folder = psycopg.conninfo.conninfo_to_dict(url)["host"]
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(f"{folder}/.s.PGSQL.5432") == 0


@pytest.fixture
def folder_of():
    """Makes a data directory that belongs to a user, with a server in it that has never run unless it is to be empty.

    Its server is stopped afterwards whatever happened.
    """
    made = []

    def make(user: str | None, *, empty: bool = False) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="inkbell-embedded-", dir=in_memory()))
        made.append(folder)
        owner = pwd.getpwnam(user).pw_uid if user else None
        if owner is not None:
            os.chown(folder, owner, -1)
        if not empty:
            ready_server.copy(folder / "data", owner)
        return folder / "data"

    yield make
    for folder in made:
        embedded.Server(folder / "data").stop()
        shutil.rmtree(folder)


@pytest.fixture
def start(folder_of):
    """Starts a process; one that a failed test left behind is killed."""
    started = []

    def begin(data_dir: Path, user: str | None = None) -> Process:
        started.append(Process(data_dir, user))
        return started[-1]

    yield begin
    for process in started:
        process.kill()


@pytest.fixture
def data_dir(folder_of):
    return folder_of(None)


@pytest.fixture
def empty_dir(folder_of):
    """Where the server has to be made first."""
    return folder_of(None, empty=True)


@pytest.mark.parametrize("user", [US, NOBODY])
def test_it_is_shared_and_stops_with_the_last_process_and_what_was_written_is_there_the_next_time(
    folder_of, start, user
):
    data_dir = folder_of(user, empty=True)

    first = start(data_dir, user)
    url = first.url
    second = start(data_dir, user)
    assert second.url == url

    assert first.leave() == ""
    assert answers(url)

    assert second.leave() == ""
    assert not answers(url)

    third = start(data_dir, user)
    assert third.url == url
    assert visits(url) == 3
    assert third.leave() == ""


def test_two_that_start_at_once_on_an_empty_folder_share_one(empty_dir, start):
    both = [start(empty_dir), start(empty_dir)]

    urls = [process.url for process in both]

    assert urls[0] == urls[1]
    assert visits(urls[0]) == 2
    assert [process.leave() for process in both] == ["", ""]
    assert not answers(urls[0])


def test_a_killed_process_neither_stops_it_nor_keeps_it_and_one_left_by_a_kill_is_taken_over(data_dir, start):
    killed, alive = start(data_dir), start(data_dir)
    url = killed.url
    assert alive.url == url

    killed.kill()
    assert visits(url) == 2

    alive.kill()
    assert answers(url)

    heir = start(data_dir)
    assert heir.url == url
    assert visits(url) == 3

    heir.leave()
    assert not answers(url)


def test_a_server_that_was_killed_itself_is_started_again_with_its_data(data_dir, start):
    first = start(data_dir)
    url = first.url
    os.kill(int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    first.leave()

    second = start(data_dir)

    assert second.url == url
    assert visits(url) == 2
    second.leave()


def test_a_path_too_long_for_a_socket_is_no_obstacle(empty_dir, start):
    data_dir = empty_dir / ("a long name " * 12) / "and 'quotes'"
    ready_server.copy(data_dir)

    process = start(data_dir)

    url = process.url

    assert visits(url) == 1
    assert process.leave() == ""
    assert not answers(url)


@needs_root
def test_a_server_that_somebody_else_put_in_its_place_gets_nothing(empty_dir):
    data_dir = empty_dir / ("a long name " * 12)
    trap = embedded.Server(data_dir)._socket_dir()
    trap.mkdir()
    os.chown(trap, pwd.getpwnam("nobody").pw_uid, -1)
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(trap / embedded.SOCKET_NAME))
            listening.listen()

            with pytest.raises(DatabaseUnreachable, match="belongs to another user"):
                embedded.Hold(data_dir)
    finally:
        shutil.rmtree(trap)


@needs_root
def test_root_opens_folders_for_passage_and_not_for_listing(data_dir, start):
    data_dir.parent.chmod(0o700)

    process = start(data_dir)
    assert process.url
    process.leave()

    assert stat.S_IMODE(data_dir.parent.stat().st_mode) == 0o701


@needs_root
def test_data_of_an_ordinary_user_is_served_as_that_user_when_root_asks(folder_of, start):
    data_dir = folder_of("nobody")

    ours = start(data_dir)
    url = ours.url
    assert (data_dir / "postgres" / "postmaster.pid").owner() == "nobody"
    ours.leave()

    theirs = start(data_dir, "nobody")
    assert theirs.url == url
    assert visits(url) == 2
    assert theirs.leave() == ""


@needs_root
def test_data_of_somebody_else_is_one_line_with_the_way_out(data_dir, start):
    ours = start(data_dir)
    assert ours.url
    data_dir.parent.chmod(0o755)

    theirs = start(data_dir, "nobody")

    assert theirs.url == ""
    assert "belongs to another user" in (said := theirs.leave())
    assert len(said.splitlines()) == 1
    ours.leave()
