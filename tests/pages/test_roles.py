"""The roles promise: what is theirs is drawn, and every other page says whose it is and shows nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import shop
from tests.pages.conftest import AUTH, FRAME, Visit, words
from tests.pages.rooms import Rooms, every_room, opened, seen

__all__ = ["every_room"]

# Production works the board and looks things up, without addresses and money; sales does all but set the shop up.
PRODUCTION = {"reference", "rule", "variable", "inbox", "shop", "jobs", "health"}
ADMINS_ONLY = {"settings", "start"}

Signed = Callable[[str], dict[str, Any]]


def belongs(room: str, role: str) -> bool:
    return role == "admin" or (room in PRODUCTION if role == "production" else room not in ADMINS_ONLY)


def turned_away(at: AppTest) -> bool:
    return any(info.icon == ":material/visibility_off:" for info in at.info)


def test_every_room_of_the_frame_is_walked_through(rooms: Rooms) -> None:
    text = FRAME.read_text()

    assert {room for room in rooms if f'"{room}": st.Page(' in text} == set(rooms)
    assert text.count(": st.Page(") == len(rooms)


@pytest.mark.parametrize("role", ["admin", "sales", "production"])
def test_each_role_sees_its_rooms_and_is_told_whose_the_others_are(
    visit: Visit, rooms: Rooms, signed_in: Signed, connection: shop.Connection, role: str
) -> None:
    connection.execute("INSERT INTO sidecar_heartbeat (instance, started_at, beat_at) VALUES ('one', now(), now())")
    at = visit(user=signed_in(role))
    for room, query in rooms.items():
        opened(at, room, query)

        assert not at.exception, room
        assert not at.error, room
        assert at.title, room
        assert turned_away(at) is not belongs(room, role), room
        if turned_away(at):
            assert [button.label for button in at.button] == ["Sign out"], room
        if role == "production" or not belongs(room, role):
            assert seen(at) == set(), room


def test_production_moves_jobs_and_enters_none(visit: Visit, rooms: Rooms, signed_in: Signed) -> None:
    at = visit("jobs", user=signed_in("production"), new="1")

    assert turned_away(at)


def test_a_stranger_sees_the_gate_in_every_room_and_nothing_of_it_without_its_frame(visit: Visit, rooms: Rooms) -> None:
    stranger = {"is_logged_in": False}
    at = visit(user=stranger)
    for room, query in rooms.items():
        opened(at, room, query)
        alone = AppTest.from_file(FRAME.with_name(f"{room}.py"), default_timeout=30)
        alone.secrets, alone.user = AUTH, stranger
        alone.query_params.update(query)
        alone.run()

        assert [title.value for title in at.title] == ["Inkbell"], room
        assert [button.label for button in at.button] == ["Sign in"], room
        assert words(alone) == "Sign in to see this page.", room
        assert not at.exception, room
        assert not alone.exception, room
        assert seen(at) | seen(alone) == set(), room
