"""Whose database this is, and people who were forgotten."""

from engine.store.migrations import run_sql

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0008_copies.sql")
