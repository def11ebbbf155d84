"""Which database this process uses, and how it introduces itself there."""

from __future__ import annotations

import os
from typing import Any

from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from engine import settings
from engine.store import calendar, embedded

CONNECT_SECONDS = 5

_chosen: str | None = None


def choose(url: str | None) -> None:
    """None: as the environment says."""
    global _chosen
    _chosen = url


def url() -> str:
    """libpq URL of the database in use: what was chosen, else DATABASE_URL, else the embedded server's."""
    if _chosen is not None:
        return _chosen
    given = settings.environment().database_url
    if given is None:
        return embedded.url()
    return "postgresql://" + given.removeprefix("postgres://") if given.startswith("postgres://") else given


def setting() -> str:
    """Where a person corrects it."""
    return "DATABASE_URL" if _chosen is None and settings.environment().database_url else "the server"


def options(target: str) -> dict[str, Any]:
    own = conninfo_to_dict(target).get("options") or ""
    return {
        "connect_timeout": CONNECT_SECONDS,
        # Nothing else may stand here: PgBouncer refuses who asks for more than it keeps track of.
        "options": f"{own} -c timezone=UTC".strip(),
        "application_name": "inkbell",
        "context": calendar.READERS,
    }


def environment(target: str) -> dict[str, str]:
    """
    For a program of Postgres', which then reaches what `psycopg.connect(target)` does.

    As variables, because everybody on the machine can read a command line, and with it a password. What the URL leaves
    out is what libpq takes for it here, from variables of its own, say.
    """
    # A service named there is in its defaults already, and would have a program pass over what the URL says.
    defaults = [option for option in pq.Conninfo.get_defaults() if option.keyword != b"service"]
    given = {
        option.envvar.decode(): option.val.decode()
        for option in (*defaults, *pq.Conninfo.parse(target.encode()))
        if option.val is not None and option.envvar is not None
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | given
