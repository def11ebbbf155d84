"""One JSON line per act on standard error: ids and counts, never bodies, addresses or links."""

from __future__ import annotations

import json
import logging
import sys
import threading

import structlog

from engine.errors import named, places


class _Library(logging.Formatter):
    """Libraries quote what they handle (Postgres' DETAIL has addresses), so their words and tracebacks stay out."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"event": "a library warns", "logger": record.name, "level": record.levelname.lower()})


def configure() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Library())
    # Twilio's client logs numbers at INFO.
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Line and line end in one write: a library that warns at that moment would come between two.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    sys.excepthook = lambda _, error, __: _crashed(error)
    threading.excepthook = lambda crash: _crashed(crash.exc_value)


def _crashed(error: BaseException | None) -> None:
    """In place of a traceback, whose last line quotes rows and addresses."""
    if error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
        structlog.get_logger().error("crashed", error=named(error), at=places(error))
