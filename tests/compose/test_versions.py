"""Wordings promise: every version is kept, nobody overwrites a colleague, and nothing broken is ever in force."""

import threading

import pytest

from engine import access
from engine.catalog.rules import rule
from engine.compose import render, wording
from engine.compose.wording import Wording
from engine.errors import Conflict, NotAllowed, WordingRefused
from engine.store import database
from tests import shop

KEY = "production_started_email"
MINE = Wording("Order {{ job_number }} is on press", "", "It is being printed.")
OTHER = Wording("Order {{ job_number }}", "Printing", "It is on press.")


@pytest.fixture
def admin(connection):
    return shop.make_staff(connection)["id"]


def history(connection):
    return connection.execute("SELECT * FROM wording_version WHERE rule_key = %s ORDER BY version", [KEY]).fetchall()


def test_without_a_version_the_shipped_default_is_in_force(connection):
    assert wording.active(connection, KEY) == wording.Active(None, wording.default(KEY))


def test_a_saved_wording_is_in_force_and_names_who_saved_it(connection, admin):
    saved = wording.save(connection, KEY, MINE, admin, note="Shorter")

    assert wording.active(connection, KEY) == saved
    (row,) = history(connection)
    assert (row["version"], row["created_by"], row["note"]) == (1, f"staff:{admin}", "Shorter")
    assert row["default_hash"] == wording.default(KEY).hash
    entry = connection.execute("SELECT * FROM audit_entry").fetchone()
    assert (entry["action"], entry["after"]) == ("wording.saved", {"wording_version_id": saved.version_id})


def test_the_same_text_again_makes_no_version(connection, admin):
    first = wording.save(connection, KEY, MINE, admin)
    second = wording.save(connection, KEY, MINE, admin)

    assert first == second
    assert len(history(connection)) == 1


def test_history_only_grows(connection, admin):
    wording.save(connection, KEY, MINE, admin)
    wording.save(connection, KEY, OTHER, admin)
    restored = wording.restore(connection, KEY, 1, admin)
    wording.revert(connection, KEY, admin)

    assert restored.wording == MINE
    assert [row["version"] for row in history(connection)] == [1, 2, 3]
    assert wording.active(connection, KEY).version_id is None


def test_a_version_that_does_not_exist_is_not_restored(connection, admin):
    with pytest.raises(Conflict, match="no version 9"):
        wording.restore(connection, KEY, 9, admin)


def test_somebody_elses_change_is_not_overwritten(connection, admin):
    opened = wording.active(connection, KEY).version_id
    wording.save(connection, KEY, OTHER, admin, based_on=opened)

    with pytest.raises(Conflict, match="changed meanwhile"):
        wording.save(connection, KEY, MINE, admin, based_on=opened)


def test_two_who_save_at_once_get_two_versions(connection, admin):
    def save(text: str) -> None:
        with database.transaction() as mine:
            wording.save(mine, KEY, Wording("Subject", "", text), admin)

    savers = [threading.Thread(target=save, args=[f"Text {number}."]) for number in range(4)]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()

    assert [row["version"] for row in history(connection)] == [1, 2, 3, 4]


def test_a_broken_wording_is_refused_with_every_problem(connection, admin):
    with pytest.raises(WordingRefused) as refusal:
        wording.save(connection, KEY, Wording("{{ x }}", "", "{% if %}"), admin)

    assert [problem.part for problem in refusal.value.problems] == ["subject", "body"]
    assert history(connection) == []


def test_only_an_admin_changes_a_wording(connection):
    seller = shop.make_staff(connection, role="sales")["id"]

    for change in (
        lambda: wording.save(connection, KEY, MINE, seller),
        lambda: wording.revert(connection, KEY, seller),
        lambda: wording.restore(connection, KEY, 1, seller),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_a_row_changed_by_hand_is_refused_before_it_is_compiled(connection, admin):
    wording.save(connection, KEY, MINE, admin)
    connection.execute("UPDATE wording_version SET body = %s", ["{{ ''.__class__ }}"])

    active = wording.active(connection, KEY)

    with pytest.raises(WordingRefused, match="attribute"):
        render.compiled(rule(KEY), active.wording)


def test_the_command_line_is_named_as_such(connection):
    wording.save(connection, KEY, MINE, access.COMMAND_LINE)
    wording.restore(connection, KEY, 1, access.COMMAND_LINE)

    assert {row["created_by"] for row in history(connection)} == {"command line"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Subject: A\nPreheader: B\n\nC\n\nD\n", Wording("A", "B", "C\n\nD")),
        ("Subject: A: b\r\n\r\nC\r\n", Wording("A: b", "", "C")),
        ("Just text, no header: none", Wording("", "", "Just text, no header: none")),
        ("\ufeffSubject:   A  \n\n\n\nC", Wording("A", "", "C")),
        ("Subject: A", Wording("A", "", "")),
        ("", Wording("", "", "")),
        ("Subject: A\nSubject: B\n\nC", Wording("A", "", "C")),
    ],
)
def test_a_file_is_header_lines_an_empty_line_and_the_body(text, expected):
    assert wording.parse(text) == expected


@pytest.mark.parametrize("made", [MINE, OTHER, Wording("", "", "only a text\n\nof two paragraphs")])
def test_a_wording_reads_back_as_it_was_written(made):
    assert wording.parse(made.as_text) == made
