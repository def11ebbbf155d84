"""Named SQL promises: every statement stands under its name with a reason, and Postgres accepts it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from engine.store import queries

NOUNS = sorted(file.stem for file in queries.FOLDER.glob("*.sql"))
STATEMENTS = [(noun, name) for noun in NOUNS for name in queries.load(noun).statements]


@pytest.fixture(scope="module")
def looking(shared_url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(shared_url, autocommit=True) as opened:
        yield opened


@pytest.mark.parametrize(("noun", "name"), STATEMENTS, ids=lambda word: word)
def test_every_statement_can_be_prepared(looking, noun, name):
    statement = queries.load(noun).statements[name]
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    for place, parameter in enumerate(names, start=1):
        statement = statement.replace(f"%({parameter})s", f"${place}")
    if names:
        statement = statement.replace("%%", "%")

    # psycopg reads a longer one anew each time.
    assert len(getattr(queries.load(noun), name).as_string()) <= 4096

    looking.execute(f"PREPARE statement AS {statement}")

    looking.execute("DEALLOCATE statement")


@pytest.mark.parametrize("noun", NOUNS)
def test_every_statement_says_why(noun):
    text = (queries.FOLDER / f"{noun}.sql").read_text()

    entries = re.split(r"^-- (?:name|part):", text, flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        name, why, *_ = entry.splitlines()
        assert re.fullmatch(r" \w+", name)
        assert re.fullmatch(r"-- .{10,}", why), f"{noun}.{name.strip()} has no line of why"


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes sql/noun.sql and reads it back."""
    monkeypatch.setattr(queries, "FOLDER", tmp_path)
    queries.load.cache_clear()

    def write(text: str) -> queries.Queries:
        (tmp_path / "noun.sql").write_text(text)
        return queries.load("noun")

    yield write
    queries.load.cache_clear()


def test_parameters_are_spelled_as_psycopg_wants_them_and_nothing_else_is_touched(written):
    found = written(
        "-- name: first\n-- why\nSELECT :a::text, ':b', \":c\", 'it''s :d', '50%' /* :e */ -- :f\n;\n"
        "-- name: second\n-- why\nSELECT 7 % 2, $$ :g $$;\n"
    )

    assert found.statements == {
        "first": "-- why\nSELECT %(a)s::text, ':b', \":c\", 'it''s :d', '50%%' /* :e */ -- :f\n",
        "second": "-- why\nSELECT 7 % 2, $$ :g $$",
    }


def test_what_statements_share_stands_once_above_them(written, connection):
    found = written(
        "-- part: half\n-- why\n:x / 2 AS half\n-- part: both\n-- why\n:x AS x, {{ half }}\n"
        "-- name: a\n-- why\nSELECT {{ half }}\n-- name: b\n-- why\nSELECT {{ both }}\n"
    )

    assert set(found.statements) == {"a", "b"}
    assert connection.execute(found.a, {"x": 8}).fetchone() == {"half": 4}
    assert connection.execute(found.b, {"x": 8}).fetchone() == {"x": 8, "half": 4}


def test_a_statement_runs_with_and_without_parameters(written, connection):
    found = written("-- name: a\n-- why\nSELECT :x % 4 AS rest;\n-- name: b\n-- why\nSELECT 7 % 4 AS rest;\n")

    assert connection.execute(found.a, {"x": 7}).fetchone() == {"rest": 3}
    assert connection.execute(found.b).fetchone() == {"rest": 3}


def test_a_name_that_is_not_there_says_where_it_was_looked_for(written):
    found = written("-- name: a\n-- why\nSELECT 1;\n")

    with pytest.raises(AttributeError, match=r"sql/noun\.sql has no statement named 'claim'"):
        _ = found.claim
