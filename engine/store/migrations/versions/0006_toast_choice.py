"""Which toasts each person wants to see."""

from engine.store.migrations import run_sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0006_toast_choice.sql")
