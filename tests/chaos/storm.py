"""The storm: sidecars killed at every step, back ends ended, Postgres stopped and crashed, providers misbehaving."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

import psycopg

from engine.deliver import steps
from engine.store import embedded
from tests.chaos import writers
from tests.chaos.witness import ROOT, Witness

SENDERS = 4
AT_RANDOM = "at random"

# Against a crash of Postgres, not of the machine: what was committed must stand, the disk may be slow in private.
DURABLE = ("fsync=off", "wal_level=minimal", "max_wal_senders=0", "max_connections=200")

MAIL_TROUBLES = (
    ("rcpt", "451 4.3.0 later, please"),
    ("end", "452 4.2.2 the mailbox is full"),
    ("rcpt", "550 5.1.1 no such user"),
    ("end", "554 5.6.0 not like this"),
    ("end", "drop"),
    ("end", "hang"),
    ("rcpt", "drop"),
)
TEXT_TROUBLES = (
    ("fail", 429, 20429, "Too Many Requests"),
    ("fail", 500, 20500, "An internal server error has occurred"),
    ("lie",),
    ("drop",),
    ("hang",),
)


class Ground:
    """Where a run takes place while it is entered: a Postgres of its own, the providers, and how to find both."""

    def __init__(self, ready: Callable[[Path], None] | None = None) -> None:
        """`ready` may put a server that exists already into a data directory; else one is made."""
        # Not among pytest's own folders: they are closed to the user that Postgres runs as.
        self.folder = Path(tempfile.mkdtemp(prefix="inkbell-chaos-"))
        self.started: list[subprocess.Popen[bytes]] = []
        self.witness = Witness()
        if ready:
            ready(self.folder / "server")
        self.hold = embedded.Hold(self.folder / "server", DURABLE)
        self.server = embedded.Server(self.folder / "server")
        self.url = self.hold.url
        self.environment = {
            **os.environ,
            **self.witness.environment,
            "DATABASE_URL": self.url,
            "INKBELL_DATA_DIR": str(self.folder / "data"),
            "INKBELL_DELIVERY": "live",
            "MAIL_FROM": "hello@example.com",
        }

    def __enter__(self) -> Ground:
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.started:
            process.kill()
            process.wait()
        self.witness.close()
        self.hold.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _open(self) -> None:
        self.run("engine", "migrate")
        writers.open_shop(self.url)

    def run(self, module: str, *arguments: str) -> str:
        """One of the commands, to its end."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def at(self, moment: datetime) -> None:
        """A run by hand at another time, which finds every lease lapsed and every backoff over."""
        self.run("sidecar", "--once", "--now", moment.isoformat())


@dataclass
class Losses:
    """What the storm did, as far as it bears on how many repeats may be seen."""

    kills: Counter[str] = field(default_factory=Counter)
    interruptions: int = 0
    broken_lines: int = 0
    refusals: int = 0
    restarts: Counter[str] = field(default_factory=Counter)
    back_ends: int = 0
    back_after: list[float] = field(default_factory=list)
    """Seconds from the end of Postgres to the next email that arrived."""


class Storm:
    def __init__(self, ground: Ground, seed: int) -> None:
        self.ground = ground
        self.losses = Losses()
        self.random = Random(seed)
        self._told = threading.Lock()

    def sidecars_die(self, plan: Callable[[], str | None]) -> None:
        """One sidecar after another, each killed as the plan says; None ends it."""
        while death := plan():
            # One that is started while Postgres is down says so and leaves; the next one is for it then.
            while not self._dies(death):
                time.sleep(0.2)

    def _dies(self, death: str) -> bool:
        with self._told:
            time_of_death = self.random.randint(1, 4)
            patience = self.random.uniform(0, 2.5)
        at_random = death == AT_RANDOM
        running = start(self.ground, {} if at_random else {steps.VARIABLE: f"{death}:{time_of_death}"})
        if at_random:
            # From when it works: on a busy machine it would die again and again while it is still starting.
            until(lambda: running.poll() is not None or self._beats(running), 25, pause=0.25)
        try:
            running.wait(patience if at_random else 25)
        except subprocess.TimeoutExpired:
            death = AT_RANDOM
            running.kill()
        killed = running.wait() == -signal.SIGKILL
        with self._told:
            self.losses.kills[death] += killed
        return killed

    def _beats(self, running: subprocess.Popen[bytes]) -> bool:
        with suppress(psycopg.OperationalError), writers.connect(self.ground.url) as looking:
            beat = "SELECT FROM sidecar_heartbeat WHERE instance LIKE %s"
            return bool(looking.execute(beat, [f"{running.pid}-%"]).fetchall())
        return False

    def end_back_ends(self, share: float = 0.5) -> None:
        with suppress(psycopg.OperationalError), writers.connect(self.ground.url) as admin:
            ended = admin.execute(
                "SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND random() < %s",
                [share],
            ).fetchone()
            assert ended
            self.losses.back_ends += ended["ended"]
            self.losses.interruptions += 1

    def restart_postgres(self, *, crash: bool) -> None:
        """A crash is what an immediate shutdown is to Postgres: no checkpoint, and its log replayed at the start."""
        before, began = self.ground.witness.count(), time.monotonic()
        self.losses.interruptions += 1
        self.losses.restarts["crash" if crash else "stop"] += 1
        if crash:
            pid = int((self.ground.server.pgdata / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGQUIT)
            until(lambda: not _exists(pid), 30)
        else:
            self.ground.server.stop()
        self.ground.server.ensure_running(DURABLE)
        if until(lambda: self.ground.witness.count() > before, 20):
            self.losses.back_after.append(time.monotonic() - began)

    def trouble_mail(self, stage: str, reply: str, times: int = 1) -> None:
        if stage == "end" and reply in ("drop", "hang"):
            self.losses.broken_lines += times
        if reply.startswith("5"):
            self.losses.refusals += times
        self.ground.witness.smtp("on", stage, reply, times=times)

    def trouble_texts(self, kind: str, *details: object, times: int = 1) -> None:
        self.ground.witness.twilio(kind, *details, times=times)


def start(ground: Ground, more: dict[str, str]) -> subprocess.Popen[bytes]:
    with (ground.folder / "sidecars.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sidecar", "--senders", str(SENDERS)],
            cwd=ROOT,
            env=ground.environment | more,
            stdout=log,
            stderr=log,
        )
    ground.started.append(process)
    return process


def in_turn(deaths: Sequence[str], over: threading.Event) -> Callable[[], str | None]:
    """Each of them once, and then at random until it is over."""
    left = iter(deaths)
    return lambda: next(left, None if over.is_set() else AT_RANDOM)


def until(holds: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(pause)
    return held


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
