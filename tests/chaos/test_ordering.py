"""However writers commit, every change is heard of once, and what was rolled back was never said."""

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import psycopg
import pytest
from psycopg.rows import dict_row

from engine.decide import run as deciding
from sidecar import passes
from tests import desk, shop

EVENTS = "SELECT count(*) AS all, count(handled_at) AS handled FROM event"


@pytest.fixture
def connection(connection):
    desk.open_shop(connection, surge_limit=0)
    desk.only(connection, "lead_new_notification", "status_change_toast")
    return connection


@pytest.fixture
def writer(database_url):
    """Another of the shop's connections, with a transaction of its own."""
    with psycopg.connect(database_url, row_factory=dict_row) as opened:
        yield opened


def leads(connection):
    return [row["subject_id"] for row in shop.events(connection, type="lead.created")]


def test_an_event_that_commits_after_a_younger_one_was_handled_is_not_passed_over(connection, writer):
    early = shop.make_lead(writer)
    late = shop.make_lead(connection)
    passes.once(desk.NOW)
    assert leads(connection) == [late["id"]]

    writer.commit()
    passes.once(desk.NOW)

    assert leads(connection) == [early["id"], late["id"]]
    assert desk.fates(connection, "lead_new_notification") == [("sent", None)] * 2


def test_a_long_transaction_delays_nobody_and_is_heard_of_when_it_ends(connection, writer):
    job = shop.make_job(connection)
    writer.execute("SELECT FROM job WHERE id = %s FOR UPDATE", [job["id"]])
    shop.move_job(writer, job, "in_production")
    for _ in range(150):
        shop.make_lead(connection)

    passes.once(desk.NOW)
    before = desk.fates(connection)
    writer.commit()
    passes.once(desk.NOW)

    assert before == [("sent", None)] * 150
    assert desk.message(connection, "status_change_toast")["status"] == "sent"


def test_what_was_rolled_back_whole_or_to_a_savepoint_was_never_said(connection, writer):
    shop.make_lead(writer, name="Never")
    writer.rollback()
    shop.make_lead(writer, name="Kept")
    with writer.transaction(force_rollback=True):
        shop.make_lead(writer, name="Taken back")
    writer.commit()

    passes.once(desk.NOW)

    kept = connection.execute("SELECT id FROM lead").fetchall()
    assert leads(connection) == [row["id"] for row in kept]
    assert desk.fates(connection) == [("sent", None)]


def test_one_statement_over_ten_thousand_jobs_is_ten_thousand_events_and_a_second_one_none(connection):
    customer = shop.make_customer(connection)["id"]
    connection.execute(
        "INSERT INTO job (title, customer_id) SELECT 'Shirts', %s FROM generate_series(1, 10000)", [customer]
    )

    for _ in range(2):
        connection.execute("UPDATE job SET status = 'in_production'")

    found = connection.execute(
        "SELECT count(*) AS all, count(DISTINCT subject_id) AS jobs FROM event WHERE type = 'job.status_changed'"
    ).fetchone()
    assert found == {"all": 10_000, "jobs": 10_000}


def test_writers_under_load_beside_two_deciders_lose_and_invent_nothing(connection, database_url):
    written: list[int] = []
    done = threading.Event()

    def write(seed):
        random = Random(seed)
        with psycopg.connect(database_url, row_factory=dict_row) as own:
            for _ in range(30):
                several = [shop.make_lead(own)["id"] for _ in range(random.randint(1, 3))]
                if random.random() < 0.3:
                    own.rollback()
                else:
                    own.commit()
                    written.extend(several)

    def decide():
        while not done.is_set():
            deciding.decide_batch(None)

    with ThreadPoolExecutor(6) as threads:
        deciders = [threads.submit(decide) for _ in range(2)]
        writers = [threads.submit(write, seed) for seed in range(4)]
        for writer in writers:
            writer.result(60)
        done.set()
        for decider in deciders:
            decider.result(60)
    passes.once()

    assert sorted(leads(connection)) == sorted(written)
    assert connection.execute(EVENTS).fetchone() == {"all": len(written), "handled": len(written)}
    assert desk.fates(connection) == [("sent", None)] * len(written)
