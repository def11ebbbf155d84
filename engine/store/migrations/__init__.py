"""The schema's history: a Python file per step, with its SQL in files beside it. There is no way down, only backups."""

from pathlib import Path

from alembic import op

VERSIONS = Path(__file__).parent / "versions"


def run_sql(*names: str) -> None:
    """Runs whole files as they are: without parameters, so `%` and `:` mean nothing."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    for name in names:
        connection.execute((VERSIONS / name).read_text())
