"""One JSON line per act on standard error: ids and counts, never bodies, addresses or links."""

from __future__ import annotations

import json
import logging
import sys

import structlog


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


def named(error: BaseException) -> str:
    """What may be logged of an error: its class, and for a database error its SQLSTATE and constraint."""
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    return " ".join(filter(None, [type(error).__name__, getattr(error, "sqlstate", None), constraint]))
