"""What a shop watches before it goes live, found without reading the ledger."""

from engine.store.migrations import run_sql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0014_watched.sql")
