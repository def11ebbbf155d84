"""The shop at work during a chaos run: many short transactions, some of which are given up."""

from __future__ import annotations

import threading
import time
from itertools import count
from random import Random

import psycopg
from psycopg.rows import dict_row

from tests import desk, shop
from tests.shop import Connection

KINDS = ("press", "press", "press", "finish", "invoice", "lead", "gave_up")
GAVE_UP = "gave_up"


class Writers:
    """Threads that write until they are told to stop; `committed` are the customers whose commit was confirmed."""

    def __init__(self, url: str, seed: int, per_second: float, threads: int = 2) -> None:
        self.url = url
        self.committed: list[str] = []
        self._numbers = count(1)
        self._pause = threads / per_second
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=[Random(seed + n)], name=f"writer-{n}", daemon=True)
            for n in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _work(self, random: Random) -> None:
        while not self._stopped.is_set():
            try:
                with connect(self.url) as connection:
                    while not self._stopped.wait(self._pause):
                        self._write(connection, random)
            except psycopg.OperationalError:
                # Postgres was ended under us; a real shop system would come again too.
                time.sleep(0.1)

    def _write(self, connection: Connection, random: Random) -> None:
        number, kind = next(self._numbers), random.choice(KINDS)
        name = f"{kind}-{number}"
        with connection.transaction(force_rollback=kind == GAVE_UP):
            write(connection, kind, number)
        if kind != GAVE_UP:
            self.committed.append(name)


def write(connection: Connection, kind: str, number: int) -> None:
    """One thing that happens, to a customer of its own, so that whoever hears something tells what it was."""
    name = f"{kind}-{number}"
    phone = f"+1{201 + number // 100 % 700}55501{number % 100:02}"
    if kind == "lead":
        shop.make_lead(connection, name=name, email=f"{name}@example.com")
        return
    customer = shop.make_customer(connection, name=name, email=f"{name}@example.com", phone=phone)
    if kind == "invoice":
        shop.make_invoice(connection, customer_id=customer["id"], status="sent")
        return
    job = shop.make_job(connection, customer_id=customer["id"], title=name)
    shop.move_job(connection, job, "completed_order" if kind == "finish" else "in_production")


def connect(url: str) -> Connection:
    return psycopg.connect(url, autocommit=True, row_factory=dict_row, connect_timeout=5, options="-c timezone=UTC")


def open_shop(url: str) -> None:
    """Live, without a limit that would hold a busy hour back, and with the rules that the writers stir."""
    with connect(url) as connection:
        desk.open_shop(connection, surge_limit=0, delivery_mode="live")
        desk.only(
            connection,
            "production_started_email",
            "job_complete_email",
            "job_complete_sms",
            "invoice_sent_email",
            "lead_new_notification",
            "status_change_toast",
        )
        for name in ("Ada Finch", "Noor Patel"):
            shop.make_staff(connection, name=name)
