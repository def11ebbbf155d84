"""The shop's own colour on its emails and pages."""

from engine.store.migrations import run_sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0010_colour.sql")
