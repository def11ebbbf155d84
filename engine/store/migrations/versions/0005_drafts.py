"""Drafts of wordings for whoever writes them, with a staff row or without."""

from engine.store.migrations import run_sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0005_drafts.sql")
