"""A shop after some years, made in the database itself so that filling it takes seconds."""

from pathlib import Path

from engine.store import database
from engine.store.migrate import migrate

CONTENTS = Path(__file__).with_suffix(".sql")


def use(url: str, *, filled: bool) -> None:
    """Migrates the database at `url`, fills it, and makes it the one of this process."""
    database.use(url)
    migrate()
    if filled:
        with database.transaction() as connection:
            connection.execute(CONTENTS.read_bytes())
        with database.listener() as connection:  # in autocommit: VACUUM refuses a transaction
            connection.execute("VACUUM ANALYZE")
