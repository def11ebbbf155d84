"""The resident sidecar: one thread decides, several send, one keeps house, one asks providers, one listens."""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import schedule
import structlog

from engine import __version__
from engine.capture import due
from engine.decide import run as deciding
from engine.deliver import letter, outbox
from engine.deliver.channel import CHANNELS
from engine.deliver.dispatch import Dispatcher
from engine.errors import DatabaseExhausted, DatabaseUnreachable, SchemaAhead, named
from engine.store import database, heartbeat
from sidecar import passes
from sidecar.bell import Bell, listen

log = structlog.get_logger()

SENDERS = 4
POLL_SECONDS = 1.0
UPKEEP_SECONDS = 2
SCAN_SECONDS = 60
ASK_SECONDS = 5
BACKUP_SECONDS = 600
HANGS_SECONDS = 30.0
"""A decider that has not come round for so long hangs."""
FINISH_SECONDS = 1.5
TURN_SECONDS = 0.0005
"""So long at most one thread computes while another has an answer in hand; Python's own choice is ten times that."""


class Sidecar:
    def __init__(self, senders: int = SENDERS) -> None:
        self.instance = f"{os.getpid()}-{secrets.token_hex(3)}"
        self._stop = threading.Event()
        self._changes = Bell()
        self._work = Bell(senders)
        self._questions = Bell()
        self._done: Counter[str] = Counter()
        self._senders = [threading.Thread(target=self._send, name=f"sender-{n}", daemon=True) for n in range(senders)]
        self._house = threading.Thread(target=self._keep_house, name="housekeeper", daemon=True)
        self._keeper = database.Keeper()
        self._ticked = time.monotonic()
        self._scanned_at: datetime | None = None
        self._backup: threading.Thread | None = None
        self._too_old: SchemaAhead | None = None
        self._exhausted: DatabaseExhausted | None = None

    def run(self) -> None:
        """
        Until SIGTERM or SIGINT; then what is in flight gets 1.5 s to finish, the rest is left to its lease.

        Stops in the same way, and raises SchemaAhead, when a newer version has migrated the database.
        """
        sys.setswitchinterval(TURN_SECONDS)
        letter.load()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._finish())
        heard = [self._changes, self._stop.is_set, lambda: self._keeper.pid]
        threading.Thread(target=listen, args=heard, name="listener", daemon=True).start()
        for sender in self._senders:
            sender.start()
        threading.Thread(target=self._ask_providers, name="asker", daemon=True).start()
        self._beat()
        self._house.start()
        log.info("sidecar started", instance=self.instance, senders=len(self._senders))
        self._work_until_stopped()
        self._leave()
        if self._too_old:
            raise self._too_old

    def _finish(self) -> None:
        self._stop.set()
        self._changes.ring()
        self._work.ring()
        self._questions.ring()

    def _work_until_stopped(self) -> None:
        heard, away = 0, 0.0
        while not self._stop.is_set():
            before, heard = heard, self._changes.wait(heard, away or POLL_SECONDS)
            if self._stop.is_set():
                return
            try:
                self._tick(rung=heard != before)
                if away:
                    log.info("database is back")
                away = 0.0
                self._tell_of_exhaustion()
            except Exception as error:
                self._notice(error)
                if not away or not isinstance(error, DatabaseUnreachable):
                    log.error("pass failed", error=named(error))
                away = min((away or 0.25) * 2, 5.0)

    def _tick(self, *, rung: bool) -> None:
        """Decides until nothing waits, or another sidecar is at it; what a ring tells of is not looked for first."""
        to_decide = rung
        while not self._stop.is_set():
            self._ticked = time.monotonic()
            with self._keeper:
                decided = deciding.decide_batch() if to_decide else None
                if decided and decided["queued"]:
                    self._work.ring(decided["queued"])
                found = self._look()
            if found["to_send"]:
                self._work.ring(int(found["to_send"]))
            if not found["to_decide"] or decided == Counter():
                return
            to_decide = True

    def _look(self) -> dict[str, Any]:
        with database.at_once() as connection:
            asked = {"channels": list(CHANNELS), "senders": len(self._senders)}
            row = connection.execute(outbox.sql.work, asked).fetchone()
        assert row is not None
        return row

    def _notice(self, error: Exception) -> None:
        """The decider tells admins, as soon as it can."""
        if isinstance(error, DatabaseExhausted):
            self._exhausted = error

    def _report(self, error: Exception) -> None:
        """From another thread than the decider's, which is woken when it has something to tell."""
        self._notice(error)
        if self._exhausted:
            self._changes.ring()

    def _keep_house(self) -> None:
        """Beside the decider, which a scan of every invoice would keep waiting."""
        jobs = schedule.Scheduler()
        for seconds, job in (
            (heartbeat.EVERY_SECONDS, self._beat),
            (SCAN_SECONDS, self._scan),
            (UPKEEP_SECONDS, self._upkeep),
            (ASK_SECONDS, self._questions.ring),
            (BACKUP_SECONDS, self._back_up),
        ):
            jobs.every(seconds).seconds.do(self._try, job)
        while not self._stop.wait(min(max(0.0, jobs.idle_seconds or 0.0), UPKEEP_SECONDS)):
            # It goes by the host's local time: set back, as each autumn, nothing would be due for as long as that.
            if (jobs.idle_seconds or 0.0) > UPKEEP_SECONDS:
                jobs.run_all()
            jobs.run_pending()

    def _try(self, job: Callable[[], None]) -> None:
        """One that fails is due again in its time, and keeps none of the others from theirs."""
        try:
            job()
        except Exception as error:
            self._report(error)
            if not isinstance(error, DatabaseUnreachable):  # the decider tells of an outage
                log.error("housekeeping failed", job=job.__name__.strip("_"), error=named(error))

    def _tell_of_exhaustion(self) -> None:
        if self._exhausted and passes.tell_of_exhaustion(self._exhausted):
            self._exhausted = None

    def _upkeep(self) -> None:
        try:
            if passes.upkeep(None):
                self._work.ring()
        except SchemaAhead as error:
            self._too_old = error
            self._finish()

    def _beat(self) -> None:
        """Says that deciding goes on: while it hangs this falls silent too."""
        if time.monotonic() - self._ticked > HANGS_SECONDS:
            return
        with database.transaction() as connection:
            heartbeat.beat(connection, self.instance, self._details())

    def _details(self) -> dict[str, Any]:
        """What the Health page tells of this process."""
        details: dict[str, Any] = {"version": __version__, "senders": len(self._senders), "done": dict(self._done)}
        if self._scanned_at:
            next_scan = self._scanned_at + timedelta(seconds=SCAN_SECONDS)
            details |= {"scanned_at": self._scanned_at.isoformat(), "next_scan_at": next_scan.isoformat()}
        return details

    def _scan(self) -> None:
        due.scan()
        with database.transaction() as connection:
            self._scanned_at = database.now(connection)

    def _back_up(self) -> None:
        """In a thread of its own: a dump may take minutes, and nothing else should wait for it."""
        if self._backup is None or not self._backup.is_alive():
            self._backup = threading.Thread(target=passes.back_up, name="backup", daemon=True)
            self._backup.start()

    def _send(self) -> None:
        keeper, heard = database.Keeper(), 0
        dispatcher = Dispatcher(among=len(self._senders), stopping=self._stop.is_set, away=self._work.away)
        while not self._stop.is_set():
            heard = self._work.wait(heard, 30.0)
            try:
                with keeper:
                    while not self._stop.is_set() and (delivered := dispatcher.deliver()):
                        self._done += delivered
            except Exception as error:
                # A sender never dies: what it had claimed is settled by its lease.
                self._report(error)
                log.error("delivery failed", error=named(error))
                self._stop.wait(1.0)
        dispatcher.close()
        keeper.close()

    def _ask_providers(self) -> None:
        heard = 0
        while not self._stop.is_set():
            try:
                if asked := passes.ask_providers(None):
                    self._done += asked
                    self._work.ring()
            except Exception as error:
                if not self._stop.is_set():
                    log.error("providers could not be asked", error=named(error))
            heard = self._questions.wait(heard, 2.0 * ASK_SECONDS)

    def _leave(self) -> None:
        deadline = time.monotonic() + FINISH_SECONDS
        for sender in self._senders:
            sender.join(max(0.0, deadline - time.monotonic()))
        self._house.join(max(0.0, deadline - time.monotonic()))
        if self._backup:
            self._backup.join(max(0.0, deadline - time.monotonic()))
        unfinished = sum(sender.is_alive() for sender in self._senders)
        try:
            with database.transaction() as connection:
                heartbeat.forget(connection, self.instance)
        except DatabaseUnreachable:
            log.warning("the heartbeat could not be taken back")
        if self._too_old:
            log.error("sidecar too old", why=str(self._too_old))
        log.info("sidecar stopped", instance=self.instance, unfinished=unfinished)
        if unfinished:
            # Their threads hang in a provider's answer; waiting for them would break the promise of a quick stop.
            database.close()
            os._exit(1 if self._too_old else 0)
