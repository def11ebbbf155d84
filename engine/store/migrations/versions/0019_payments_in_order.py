"""Whoever enters several payments at once waits for others who do, instead of for ever."""

from engine.store.migrations import run_sql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0019_payments_in_order.sql")
