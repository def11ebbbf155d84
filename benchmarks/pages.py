"""What a visitor waits for: each page's script, the frame round it included, in an empty and in a grown shop."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from streamlit.testing.v1 import AppTest

from benchmarks import big_shop
from benchmarks.timing import seconds
from engine.store import database, embedded

FRAME = Path(__file__).parents[1] / "pages" / "frame.py"
ROUNDS = 5

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


def run() -> Iterator[tuple[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        hold = embedded.Hold(Path(folder))
        try:
            for shop, filled in (("empty", False), ("big", True)):
                with _database(hold.url, shop) as url:
                    big_shop.use(url, filled=filled)
                    for what, query in ADDRESSES.items():
                        yield f"{what} ({shop})", _page(what.split(",")[0], query)
        finally:
            database.close()
            hold.release()


@contextmanager
def _database(server_url: str, name: str) -> Iterator[str]:
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    yield server_url.replace("/postgres?", f"/{name}?", 1)
    database.close()


def _page(name: str, query: dict[str, str]) -> float:
    app = AppTest.from_file(FRAME, default_timeout=60)
    if name != "reference":
        app.switch_page(f"{name}.py")
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception
    return seconds(app.run, ROUNDS)
