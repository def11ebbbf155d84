"""What one pass of the sidecar does, whether it runs for ever or once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from engine import payments
from engine.capture import due
from engine.decide import run as deciding
from engine.deliver import aftercare, outbox
from engine.deliver.dispatch import Dispatcher
from engine.store import database


def upkeep(now: datetime | None) -> Counter[str]:
    """Takes back what a dead sender left, and lets go what was held for something that has passed."""
    with database.transaction() as connection:
        moment = now or database.now(connection)
        tally = outbox.recover(connection, moment)
        tally["released"] += outbox.release_held(connection, moment)
        outbox.keep_from_ageing(connection, moment)
    return +tally


def ask_providers(now: datetime | None) -> Counter[str]:
    """Learns what became of what providers took. As slow as they are, so nothing else should wait for it."""
    return payments.refresh_open_sessions(now) + aftercare.reconcile(now) + aftercare.follow(now)


def once(now: datetime | None = None) -> Counter[str]:
    """Decides and delivers until nothing is left that is due at `now` (None: Postgres' clock). Counts what it did."""
    with database.transaction() as connection:
        moment = now or database.now(connection)
        connection.execute(outbox.sql.probe_now, {"now": moment})
    total = payments.refresh_open_sessions(moment, at_once=True)
    dispatcher = Dispatcher(moment)
    try:
        while True:
            done = Counter(due=due.scan(moment)) + upkeep(moment) + ask_providers(moment) + deciding.decide_all(moment)
            while delivered := dispatcher.deliver():
                done += delivered
            total += done
            if not done:
                return total
    finally:
        dispatcher.close()
