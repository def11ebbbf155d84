"""`python -m sidecar`: runs until SIGTERM; `--once` works off what is due; `--check` tells whether one is alive."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime

from engine import settings
from engine.deliver import outbox
from engine.errors import BadSetting, DatabaseExhausted, InkbellError
from engine.store import database, heartbeat, schema
from sidecar import log


def moment(text: str) -> datetime:
    """Without an offset it is UTC, like every time that Inkbell stores."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sidecar", description=__doc__)
    parser.add_argument("--once", action="store_true", help="work off what is due, print a summary as JSON and stop")
    parser.add_argument(
        "--now", type=moment, help="with --once: the moment to act at, ISO 8601 (UTC unless it says so)"
    )
    parser.add_argument("--check", action="store_true", help="exit 0 when a sidecar has beaten within the last minute")
    parser.add_argument("--senders", type=int, default=4, choices=range(1, 33), metavar="1-32", help="messages at once")
    found = parser.parse_args(given)
    if found.now and not found.once:
        parser.error("--now goes with --once")
    return found


def main(given: list[str] | None = None) -> int:
    asked = arguments(given)
    log.configure()
    try:
        outbox.check_times()
        database.require_current_schema()
        if asked.check:
            return check()
        with database.transaction() as connection:
            schema.refuse_newer(connection)
        refuse_keys()
        warn_of_settings()
        if asked.once:
            once(asked.now)
        else:
            stay(asked.senders)
    except InkbellError as error:
        if isinstance(error, DatabaseExhausted) and asked.once:
            tell_of_exhaustion(error, asked.now)
        print(f"sidecar: {error}", file=sys.stderr)
        return 1
    finally:
        database.close()
    return 0


# Each loads what it needs: a supervisor asks --check every few seconds, and cron --once every minute.


def once(now: datetime | None) -> None:
    from sidecar import passes

    print(json.dumps(dict(sorted(passes.once(now).items()))))


def tell_of_exhaustion(error: DatabaseExhausted, now: datetime | None) -> None:
    from sidecar import passes

    passes.tell_of_exhaustion(error, now)


def stay(senders: int) -> None:
    from sidecar.loop import Sidecar

    Sidecar(senders).run()


def refuse_keys() -> None:
    """Raises BadSetting for keys that are none: with them nothing at all is sent, and only the log would show it."""
    env = settings.environment()
    if env.inkbell_secret_key:
        settings.secret_keys(env)


def warn_of_settings() -> None:
    """Email waits and says why on the screens; everything else goes on, so this stops nothing."""
    given = settings.environment().smtp_url
    try:
        if given:
            settings.smtp_address(given)
    except BadSetting as error:
        print(f"sidecar: {error}; email waits until then", file=sys.stderr)


def check() -> int:
    with database.transaction() as connection:
        alive = heartbeat.is_fresh(connection)
    if not alive:
        print("sidecar: none has beaten within the last minute; start one with `python -m sidecar`", file=sys.stderr)
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main())
