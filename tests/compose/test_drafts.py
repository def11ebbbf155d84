"""Drafts promise: a pause in typing is kept for whoever typed, mistakes and all, and the past of a wording is shown."""

import pytest

from engine import access
from engine.compose import drafts, history, wording
from engine.compose.drafts import Draft
from engine.compose.history import Change
from engine.compose.wording import Wording
from engine.errors import NotAllowed
from tests import shop

KEY = "production_started_email"
HALF = Wording("Order {{ job_nu", "", "It is on pre")
WHOLE = Wording("Order {{ job_number }} is on press", "", "It is being printed.")


@pytest.fixture
def admin(connection):
    return shop.make_staff(connection)["id"]


def text_of(draft: Draft | None) -> Wording | None:
    return draft and draft.wording


def test_what_is_half_written_is_kept_for_its_writer_alone(connection, admin):
    other = shop.make_staff(connection)["id"]

    drafts.keep(connection, KEY, HALF, admin, based_on=None)

    assert text_of(drafts.load(connection, KEY, admin)) == HALF
    assert drafts.load(connection, KEY, other) is None
    assert drafts.mine(connection, admin) == {KEY}


def test_half_a_character_is_kept_as_a_question_mark(connection, admin):
    drafts.keep(connection, KEY, Wording("S", "", "Ready \ud83d\0!"), admin, based_on=None)

    assert text_of(drafts.load(connection, KEY, admin)) == Wording("S", "", "Ready ?!")


def test_somebody_without_a_staff_row_has_drafts_too(connection):
    drafts.keep(connection, KEY, HALF, access.LOCAL, based_on=None)

    assert text_of(drafts.load(connection, KEY, access.LOCAL)) == HALF


def test_the_last_pause_wins_and_remembers_which_version_was_being_edited(connection, admin):
    saved = wording.save(connection, KEY, WHOLE, admin)

    drafts.keep(connection, KEY, HALF, admin, based_on=None)
    drafts.keep(connection, KEY, WHOLE, admin, based_on=saved.version_id)

    draft = drafts.load(connection, KEY, admin)
    assert draft is not None
    assert (draft.wording, draft.based_on) == (WHOLE, saved.version_id)


def test_a_draft_that_is_forgotten_does_not_come_back(connection, admin):
    drafts.keep(connection, KEY, HALF, admin, based_on=None)

    drafts.forget(connection, KEY, admin)

    assert drafts.load(connection, KEY, admin) is None


def test_characters_that_postgres_has_no_place_for_cost_nothing_else(connection, admin):
    drafts.keep(connection, KEY, Wording("a\0b", "", "x" * 300_000), admin, based_on=None)

    draft = drafts.load(connection, KEY, admin)
    assert draft is not None
    assert (draft.wording.subject, len(draft.wording.body)) == ("ab", drafts.MOST)


@pytest.mark.parametrize("role", ["sales", "production"])
def test_only_admins_write(connection, role):
    somebody = shop.make_staff(connection, role=role)["id"]

    with pytest.raises(NotAllowed):
        drafts.keep(connection, KEY, HALF, somebody, based_on=None)


def test_versions_stand_newest_first_with_their_author(connection):
    ada = shop.make_staff(connection, name="Ada Finch")["id"]
    wording.save(connection, KEY, WHOLE, ada, note="Shorter")
    wording.save(connection, KEY, Wording("Order", "", "Text"), access.LOCAL)

    newest, first = history.versions(connection, KEY)

    assert (newest.version, newest.author) == (2, "local")
    assert (first.version, first.author, first.note, first.wording) == (1, "Ada Finch", "Shorter", WHOLE)


def test_a_default_that_has_changed_since_is_noticed(connection, admin):
    wording.save(connection, KEY, WHOLE, admin)
    before = history.customised(connection)

    connection.execute("UPDATE wording_version SET default_hash = 'an older one'")

    assert (before, history.customised(connection)) == ({KEY: False}, {KEY: True})
    assert not history.versions(connection, KEY)[0].began_with_today_s_default


def test_a_difference_shows_what_went_and_what_came_with_two_lines_around_it():
    lines = [f"Line {number}" for number in range(1, 30)]
    before = Wording("Ready", "", "\n".join(lines))
    after = Wording("Ready", "", "\n".join([*lines[:9], "Line ten", *lines[10:28], "Something quite different"]))

    assert history.changes(before, after) == (
        Change("kept", (("Line 8\nLine 9", False),)),
        Change("gone", (("Line ", False), ("10", True))),
        Change("added", (("Line ", False), ("ten", True))),
        Change("kept", (("Line 11\nLine 12", False),)),
        Change("skipped"),
        Change("kept", (("Line 27\nLine 28", False),)),
        Change("gone", (("Line 29", False),)),
        Change("added", (("Something quite different", False),)),
    )
    assert history.changes(before, before) == ()


def test_texts_that_would_take_a_minute_to_compare_are_shown_whole():
    words, others = ("a b " * 5_000, "b b a " * 3_000)

    assert history.changes(Wording("", "", words), Wording("", "", others)) == (
        Change("gone", ((words, False),)),
        Change("added", ((others, False),)),
    )
    lines, more = (Wording("S", "", text.replace(" ", "\n")) for text in (words, others))
    assert [change.kind for change in history.changes(lines, more)] == ["gone", "added"]


def test_a_wording_that_is_kept_although_the_default_changed_counts_as_compared_with_it(connection, admin):
    wording.save(connection, KEY, WHOLE, admin)
    connection.execute("UPDATE wording_version SET default_hash = 'an older one'")

    kept = wording.keep(connection, KEY, admin)

    assert kept.wording == WHOLE
    assert history.customised(connection) == {KEY: False}
    assert [version.note for version in history.versions(connection, KEY)] == [
        "Kept as it was, although the default had changed", None,
    ]  # fmt: skip


def test_a_correction_of_ones_own_words_does_not_silence_that_the_default_changed(connection, admin):
    wording.save(connection, KEY, WHOLE, admin)
    connection.execute("UPDATE wording_version SET default_hash = 'an older one'")

    wording.save(connection, KEY, Wording("Order", "", "Text"), admin)
    corrected = history.customised(connection)
    wording.keep(connection, KEY, admin)
    kept = history.customised(connection)
    wording.restore(connection, KEY, 1, admin)
    restored = history.customised(connection)
    wording.save(connection, KEY, wording.default(KEY), admin)

    assert (corrected, kept, restored) == ({KEY: True}, {KEY: False}, {KEY: True})
    assert history.customised(connection) == {KEY: False}


def test_there_is_nothing_to_keep_while_the_default_goes_out(connection, admin):
    assert wording.keep(connection, KEY, admin).version_id is None
    assert history.versions(connection, KEY) == ()
