"""The words of a message are indexed once it is over, and not at each step on its way."""

from engine.store.migrations import run_sql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0013_words_of_what_is_over.sql")
