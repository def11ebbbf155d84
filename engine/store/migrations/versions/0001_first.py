"""Records, ledger, capture and upkeep."""

from engine.store.migrations import run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0001_records.sql", "0001_ledger.sql", "0001_capture.sql", "0001_upkeep.sql")
