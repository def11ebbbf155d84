"""Whether the database has every migration; asked by each process at its start, so Alembic stays out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from engine.store import queries

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def revisions() -> list[str]:
    """Every migration there is, the oldest first; the file's name starts with its number."""
    return sorted(file.stem.split("_")[0] for file in VERSIONS.glob("*.py"))


def missing(connection: psycopg.Connection[dict[str, Any]]) -> str:
    """What the database lacks, as words for a sentence; empty when it is current.

    A database that is ahead counts as current: during a deploy the old processes go on.
    """
    seed = queries.load("seed")
    row = connection.execute(seed.has_versions).fetchone()
    if row is None or not row["present"]:
        return "Inkbell's tables"
    present = max((found["version_num"] for found in connection.execute(seed.versions)), default="")
    lacking = sum(revision > present for revision in revisions())
    return f"{lacking} migration{'s' if lacking > 1 else ''}" if lacking else ""
