"""The sidecar's statements are planned once, maybe while the shop was empty, and still find what they need by index."""

from contextlib import closing

import pytest

from engine.decide.run import decide_all
from engine.deliver.dispatch import Dispatcher
from engine.store import database
from tests import desk, shop

LEDGER = ["event", "message", "attempt"]
MESSAGES = 150
READ_AT_MOST = 60
"""Index entries read for one message, from its event to its outcome; dead ones of earlier updates are among them."""


@pytest.fixture
def kept(connection, smtp_server, monkeypatch):
    """A sender's own connection, whose statements are planned while the ledger is empty and known to be."""
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    desk.open_shop(connection, surge_limit=0)
    desk.only(connection, "production_started_email")
    connection.execute(f"VACUUM ANALYZE {', '.join(LEDGER)}")
    keeper = database.Keeper()
    with keeper:
        yield
    keeper.close()


def work_off(now):
    decide_all(now)
    with closing(Dispatcher(now)) as dispatcher:
        while dispatcher.deliver():
            pass


def put_on_press(connection, count):
    for _ in range(count):
        shop.move_job(connection, shop.make_job(connection), "in_production")


def entries_read(connection):
    with database.transaction() as kept:
        kept.execute("SELECT pg_stat_force_next_flush()")
    row = connection.execute(
        "SELECT sum(idx_tup_read) AS entries FROM pg_stat_user_indexes WHERE relname = ANY(%s)", [LEDGER]
    ).fetchone()
    return row["entries"]


@pytest.mark.usefixtures("kept")
def test_a_burst_reads_a_few_entries_for_each_message_and_not_the_whole_ledger(connection, smtp_server):
    put_on_press(connection, 1)
    work_off(desk.NOW)
    put_on_press(connection, MESSAGES)
    before = len(smtp_server.mails)

    work_off(desk.NOW)

    assert len(smtp_server.mails) == before + MESSAGES
    assert entries_read(connection) < MESSAGES * READ_AT_MOST
