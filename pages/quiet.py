"""Libraries that log an exception say of which kind it is and where it happened, and never what it quotes."""

from __future__ import annotations

import logging

from engine.compose.clean import one_line
from engine.errors import named, places

# Those who log what a page, a callback, a sign-in or the server could not catch; a filter is not passed on to children.
LOGGERS = (
    "streamlit.error_util",
    "streamlit.runtime.scriptrunner.script_runner",
    "streamlit.web.server.starlette.starlette_auth_routes",
    "streamlit.web.server.starlette.starlette_websocket",
    "uvicorn.error",
    "asyncio",
)


class Quiet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.msg = f"{str(record.msg).splitlines()[0]}: {named(error)} at {', '.join(places(error))}"
            record.exc_info = record.exc_text = None
        else:
            # Headers of a request are in it, and could write lines of their own or command a terminal.
            record.msg = one_line(record.getMessage())
        record.args = None
        return True


_quiet = Quiet()


def keep_quiet() -> None:
    """However often it is called."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_quiet)
