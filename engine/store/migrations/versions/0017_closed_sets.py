"""What it costs Postgres to keep to the closed lists of words."""

from engine.store.migrations import run_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0017_closed_sets.sql")
