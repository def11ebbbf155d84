"""Whether the database has every migration; asked by each process at its start, so Alembic stays out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from engine.errors import SchemaAhead
from engine.store import queries

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def revisions() -> list[str]:
    """Every migration there is, the oldest first; the file's name starts with its number."""
    return sorted(file.stem.split("_")[0] for file in VERSIONS.glob("*.py"))


def missing(connection: psycopg.Connection[dict[str, Any]]) -> str:
    """What the database lacks, as words for a sentence; empty when it is current.

    A database that is ahead counts as current: during a deploy the app's old processes go on.
    """
    present = _present(connection)
    if present is None:
        return "Inkbell's tables"
    lacking = sum(revision > present for revision in revisions())
    return f"{lacking} migration{'s' if lacking > 1 else ''}" if lacking else ""


def refuse_newer(connection: psycopg.Connection[dict[str, Any]]) -> None:
    """Raises SchemaAhead. For whoever writes on its own: what a newer schema means by a row, this code can't know."""
    present, known = _present(connection), revisions()[-1]
    if present is not None and present > known:
        raise SchemaAhead(
            f"the database is at migration {present!r} and this version knows only {known!r}; start the newer version"
        )


def _present(connection: psycopg.Connection[dict[str, Any]]) -> str | None:
    """The newest migration in the database, `''` where none is; None where Inkbell's tables are missing."""
    seed = queries.load("seed")
    row = connection.execute(seed.has_versions).fetchone()
    if row is None or not row["present"]:
        return None
    return max((str(found["version_num"]) for found in connection.execute(seed.versions)), default="")
