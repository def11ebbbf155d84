"""What became of a text, and bounces that end when an address is corrected."""

from engine.store.migrations import run_sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0004_aftercare.sql")
