"""Lists that stay quick however long the ledger is."""

from engine.store.migrations import run_sql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0012_lists.sql")
