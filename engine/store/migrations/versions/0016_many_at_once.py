"""What the triggers cost whoever changes many rows at once."""

from engine.store.migrations import run_sql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0016_many_at_once.sql")
