"""`python -m tests.chaos`: the long run. Prints the account, and exits 1 when a promise was broken."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from engine.deliver import steps
from tests.chaos import account, writers
from tests.chaos.storm import AT_RANDOM, MAIL_TROUBLES, TEXT_TROUBLES, Ground, Storm, start, until

RECOVERY_SECONDS = 600
"""A lease of two minutes, a resend a minute later, the queue that has grown, and a channel that is probed by then."""


def weather(storm: Storm, ends: float) -> None:
    """One trouble a second or so; Postgres goes down twice, and the mail server turns everybody away once."""
    turns = Random(storm.random.random())
    began = time.monotonic()
    length = ends - began
    set_pieces: list[tuple[float, Callable[[], None]]] = [
        (0.25, lambda: storm.restart_postgres(crash=False)),
        (0.5, lambda: storm.restart_postgres(crash=True)),
        (0.7, lambda: storm.trouble_mail("connect", "421 4.3.2 closed for a moment")),
    ]
    while time.monotonic() < ends:
        if set_pieces and time.monotonic() > began + set_pieces[0][0] * length:
            set_pieces.pop(0)[1]()
        match turns.randrange(4):
            case 0:
                storm.trouble_mail(*turns.choice(MAIL_TROUBLES))
            case 1:
                storm.trouble_texts(*turns.choice(TEXT_TROUBLES))
            case 2:
                storm.end_back_ends()
            case _:
                pass
        time.sleep(turns.uniform(0.5, 1.5))


def run(seconds: float, per_second: float, seed: int) -> int:
    with Ground() as ground:
        storm = Storm(ground, seed)
        writing = writers.Writers(ground.url, seed, per_second, threads=4)
        ends = time.monotonic() + seconds
        deaths = Random(seed)

        def next_death() -> str | None:
            return deaths.choice([*steps.STEPS, AT_RANDOM]) if time.monotonic() < ends else None

        slots = [threading.Thread(target=storm.sidecars_die, args=[next_death], daemon=True) for _ in range(2)]
        print(
            f"storm             {seconds:.0f} s, two sidecars, about {per_second:.0f} transactions a second", flush=True
        )
        writing.start()
        for slot in slots:
            slot.start()
        weather(storm, ends)
        for slot in slots:
            slot.join(60)
        writing.stop()
        ground.witness.smtp("behave")
        ground.witness.twilio("behave")
        recovery = recover(ground)
        for hours in (1, 3, 6):
            ground.at(datetime.now(UTC) + timedelta(hours=hours))
        drawn = account.draw(ground.url, ground.witness)
        print(account.report(drawn, storm.losses, recovery))
        try:
            drawn.check(storm.losses, writing.committed)
        except AssertionError as error:
            print(f"BROKEN: {error}", file=sys.stderr)
            return 1
        return 0


def recover(ground: Ground) -> str:
    """Two sidecars that nobody kills any more, by the real clock, until only messages in backoff are left."""
    began = time.monotonic()
    running = [start(ground, {}) for _ in range(2)]
    try:
        done = until(lambda: waiting(ground) == 0, RECOVERY_SECONDS, pause=0.5)
        took = time.monotonic() - began
        left = backed_off(ground)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)
    if not done:
        return f"not complete after {RECOVERY_SECONDS} s; the rest by a moved clock"
    return f"{took:.0f} s after the last kill (leases run 120 s); {left} in backoff, drained by a moved clock"


def waiting(ground: Ground) -> int:
    """What is in somebody's hands, or due by the real clock."""
    with writers.connect(ground.url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM event WHERE handled_at IS NULL)"
            " + (SELECT count(*) FROM message WHERE status = 'sending'"
            "    OR status = 'queued' AND COALESCE(try_after, send_after) <= now()) AS waiting"
        ).fetchone()
    assert row
    return int(row["waiting"])


def backed_off(ground: Ground) -> int:
    with writers.connect(ground.url) as connection:
        row = connection.execute(
            "SELECT count(*) AS left FROM message WHERE status IN ('queued', 'unknown')"
        ).fetchone()
    assert row
    return int(row["left"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="how long the storm lasts")
    parser.add_argument("--per-second", type=float, default=30, help="transactions of the shop")
    parser.add_argument("--seed", type=int, default=6)
    given = parser.parse_args()
    return run(given.seconds, given.per_second, given.seed)


if __name__ == "__main__":
    sys.exit(main())
