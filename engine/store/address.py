"""Which database this process uses, and how it introduces itself there."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

from engine import settings
from engine.store import embedded

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
        "options": f"{own} -c timezone=UTC".strip(),
        "application_name": "inkbell",
    }
