"""Leases are found by their index, and nothing else is."""

from engine.store.migrations import run_sql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0015_leases.sql")
