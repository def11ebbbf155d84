"""Moving a job promises: the role is checked where the row is written, and nothing is written when it is refused."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from engine import access, jobs
from engine.errors import Conflict, NotAllowed
from engine.store import database
from tests import shop


def move(job: dict[str, Any], to: str, **options: Any) -> None:
    with database.transaction() as own:
        jobs.move(own, job["id"], to, **{"actor": access.LOCAL} | options)


def status_of(connection: shop.Connection, job: dict[str, Any]) -> str:
    row = connection.execute("SELECT status FROM job WHERE id = %s", [job["id"]]).fetchone()
    assert row is not None
    return str(row["status"])


@pytest.mark.parametrize(
    ("was", "to", "allowed"),
    [
        ("art_approved", "films", True),
        ("bagging", "completed_order", True),
        ("in_production", "art_approved", True),
        ("art_approval_sent", "art_approved", False),
        ("completed_order", "shipped", False),
        ("in_production", "cancelled", False),
    ],
)
def test_production_moves_jobs_between_art_approved_and_completed(
    connection: shop.Connection, was: str, to: str, allowed: bool
) -> None:
    job = shop.make_job(connection, status=was)
    staff = shop.make_staff(connection, role="production")

    with nullcontext() if allowed else pytest.raises(NotAllowed, match="ask sales"):
        move(job, to, actor=staff["id"])

    assert status_of(connection, job) == (to if allowed else was)


def test_somebody_deactivated_moves_nothing(connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="films")
    staff = shop.make_staff(connection, active=False)

    with pytest.raises(NotAllowed):
        move(job, "bagging", actor=staff["id"])

    assert status_of(connection, job) == "films"


def test_a_move_from_a_status_that_is_no_longer_there_is_a_conflict(connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="films")

    with pytest.raises(Conflict, match="has moved to Films meanwhile"):
        move(job, "bagging", was="quote")


@pytest.mark.parametrize(("job", "to"), [({"id": 999}, "films"), (None, "no_such_status")])
def test_a_job_or_status_that_is_gone_is_said(connection: shop.Connection, job: dict[str, Any] | None, to: str) -> None:
    with pytest.raises(Conflict, match="any more; look again"):
        move(job or shop.make_job(connection), to)


def test_a_move_to_where_it_is_happens_not_at_all(connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="films")

    move(job, "films")

    assert connection.execute("SELECT FROM event").fetchone() is None


def test_who_moved_it_is_forgotten_when_the_transaction_ends(connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="films")
    move(job, "bagging", quiet="all")

    with database.transaction() as own:
        said = own.execute("SELECT current_setting('inkbell.quiet', true) AS quiet").fetchone()

    assert said is not None
    assert not said["quiet"]


def test_the_board_is_counted_and_paged_by_due_date(connection: shop.Connection) -> None:
    for title, due in (("late", "2026-12-01"), ("none", None), ("soon", "2026-11-01")):
        shop.make_job(connection, title=title, due_date=due, status="films")

    with database.transaction() as own:
        first = jobs.board(own, limit=2)
        second = jobs.board(own, limit=2, offset=2)

    assert first.total == second.total == 3
    assert [job.title for job in (*first.jobs, *second.jobs)] == ["soon", "late", "none"]


@pytest.mark.parametrize("words", ["%", "_", "'; --", "\\"])
def test_words_to_search_for_are_words_and_not_patterns(connection: shop.Connection, words: str) -> None:
    shop.make_job(connection, title="Shirts")

    with database.transaction() as own:
        found = jobs.board(own, search=words)

    assert found.jobs == ()
