"""What a visitor waits for: each page's script, the frame round it included, in an empty and in a grown shop."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from streamlit.testing.v1 import AppTest

from benchmarks import big_shop, first_paint, ground
from benchmarks.table import Row, Rows
from benchmarks.timing import seconds
from engine.store import database
from tests.page_scripts import compiled_once

FRAME = Path(__file__).parents[1] / "pages" / "frame.py"
ROUNDS = 5
PAINTED = (
    "", "rule?rule=job_complete_email", "variable?variable=job_number", "automations",
    "templates?rule=job_complete_email", "messages", "messages?q=event+4711", "message?message=50000",
    "record?job=4711", "record?invoice=104711", "record?customer=1", "inbox", "shop", "customers", "invoices", "leads",
    "imports", "start", "health", "settings",
)  # fmt: skip

# As whoever looks for something would open them; the numbers name rows of the big shop.
ADDRESSES = {
    "reference": {},
    "rule": {"rule": "job_complete_email"},
    "variable": {"variable": "job_number"},
    "automations": {},
    "templates": {"rule": "job_complete_email"},
    "messages": {},
    "messages, by status": {"status": "sent"},
    "messages, need a person": {"status": "needs a person"},
    "messages, by words": {"q": "event 4711"},
    "messages, words nobody wrote": {"q": "zeppelin"},
    "messages, of a customer": {"customer": "Company 100"},
    "messages, of a job": {"about": "4711"},
    "message": {"message": "50000"},
    "record, a job": {"job": "4711"},
    "record, an invoice": {"invoice": "104711"},
    "record, the largest customer": {"customer": "1"},
    "inbox": {},
    "shop": {},
    "customers": {},
    "invoices": {},
    "leads": {},
    "imports": {},
    "start": {},
    "health": {},
    "settings": {},
}


def rows(
    rounds: int = ROUNDS,
    addresses: Sequence[str] = tuple(ADDRESSES),
    painted: Sequence[str] = PAINTED,
    *,
    filled: bool = True,
) -> Rows:
    with _database("big") as url:
        big_shop.use(url, filled=filled)
        with compiled_once():
            empty = seconds(AppTest.from_string("import streamlit as st; st.title('Empty')").run, rounds)
            took = {what: _page(what.split(",")[0], ADDRESSES[what], rounds) for what in addresses}
        yield from _scripts(took, empty)
        if painted:
            yield from first_paint.rows(url, painted)


def _scripts(took: dict[str, float], empty: float) -> Rows:
    slowest, usual = max(took, key=took.__getitem__), statistics.median(took.values())
    shop = "100,000 messages, 20,000 jobs"
    yield Row(f"script of the slowest page ({slowest}), {shop}", took[slowest], 0.3, "the promise", "s", at_most=1)
    yield Row("script of half the pages, at most", usual, 0.3, "the promise", "s", at_most=1)
    yield Row(
        "script of the slowest page", took[slowest], empty, "an empty Streamlit page, without a frame", "s", at_most=2
    )


@contextmanager
def _database(name: str) -> Iterator[str]:
    server_url = ground.server()
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        yield server_url.replace("/postgres?", f"/{name}?", 1)
        database.close()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def _page(name: str, query: dict[str, str], rounds: int) -> float:
    app = AppTest.from_file(FRAME, default_timeout=60)
    if name != "reference":
        app.switch_page(f"{name}.py")
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception
    return seconds(app.run, rounds)
