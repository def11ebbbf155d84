"""What was released stays released, and a pause makes no message late."""

from engine.store.migrations import run_sql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0009_manners.sql")
