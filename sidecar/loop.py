"""The resident sidecar: one thread decides and keeps house, several send, one asks providers, one listens."""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import schedule
import structlog

from engine import __version__
from engine.capture import due
from engine.decide import run as deciding
from engine.deliver import outbox
from engine.deliver.dispatch import CHANNELS, Dispatcher
from engine.errors import DatabaseExhausted, DatabaseUnreachable, SchemaAhead, named
from engine.store import database, heartbeat, schema
from sidecar import passes
from sidecar.bell import Bell, listen

log = structlog.get_logger()

SENDERS = 4
POLL_SECONDS = 1.0
UPKEEP_SECONDS = 2
SCAN_SECONDS = 60
ASK_SECONDS = 5
BACKUP_SECONDS = 600
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
        self._keeper = database.Keeper()
        self._jobs = schedule.Scheduler()
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
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._finish())
        threading.Thread(target=listen, args=[self._changes, self._stop.is_set], name="listener", daemon=True).start()
        for sender in self._senders:
            sender.start()
        threading.Thread(target=self._ask_providers, name="asker", daemon=True).start()
        self._beat()
        self._jobs.every(heartbeat.EVERY_SECONDS).seconds.do(self._beat)
        self._jobs.every(SCAN_SECONDS).seconds.do(self._scan)
        self._jobs.every(UPKEEP_SECONDS).seconds.do(self._upkeep)
        self._jobs.every(ASK_SECONDS).seconds.do(self._questions.ring)
        self._jobs.every(BACKUP_SECONDS).seconds.do(self._back_up)
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
            heard = self._changes.wait(heard, away or POLL_SECONDS)
            if self._stop.is_set():
                return
            try:
                self._tick()
                if away:
                    log.info("database is back")
                away = 0.0
                self._tell_of_exhaustion()
            except Exception as error:
                self._notice(error)
                if not away or not isinstance(error, DatabaseUnreachable):
                    log.error("pass failed", error=named(error))
                away = min((away or 0.25) * 2, 5.0)

    def _tick(self) -> None:
        self._jobs.run_pending()
        while not self._stop.is_set():
            with self._keeper:
                found = self._look()
                decided = deciding.decide_batch() if found["to_decide"] else Counter[str]()
            self._work.ring(max(int(found["to_send"]), decided["queued"]))
            if not decided:
                return  # or another sidecar is at it
            self._jobs.run_pending()

    def _look(self) -> dict[str, Any]:
        with database.at_once() as connection:
            asked = {"channels": list(CHANNELS), "senders": len(self._senders)}
            row = connection.execute(outbox.sql.work, asked).fetchone()
        assert row is not None
        return row

    def _notice(self, error: Exception) -> None:
        if isinstance(error, DatabaseExhausted):
            self._exhausted = error

    def _tell_of_exhaustion(self) -> None:
        if self._exhausted and passes.tell_of_exhaustion(self._exhausted):
            self._exhausted = None

    def _upkeep(self) -> None:
        try:
            with database.transaction() as connection:
                schema.refuse_newer(connection)
        except SchemaAhead as error:
            self._too_old = error
            self._finish()
            return
        if passes.upkeep(None):
            self._work.ring()

    def _beat(self) -> None:
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
        dispatcher, keeper, heard = Dispatcher(stopping=self._stop.is_set, away=self._work.away), database.Keeper(), 0
        while not self._stop.is_set():
            heard = self._work.wait(heard, 30.0)
            try:
                with keeper:
                    while not self._stop.is_set() and (delivered := dispatcher.deliver()):
                        self._done += delivered
            except Exception as error:
                # A sender never dies: what it had claimed is settled by its lease.
                self._notice(error)
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
