"""Being shut out promises: what was drawn for somebody does nothing, and shows nothing, once they may no longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import shop
from tests.pages.conftest import Visit
from tests.pages.rooms import CANARIES, Rooms, every_room, opened, seen

__all__ = ["every_room"]

SHUT = {
    "has left": "UPDATE staff SET active = false",
    "is in production now": "UPDATE staff SET role = 'production'",
}
BACK = "UPDATE staff SET active = true, role = 'admin'"
Signed = Callable[[str], dict[str, Any]]


def press_everything(at: AppTest) -> None:
    """Every button, switch and choice at once, so that all of their callbacks run before the page does."""
    switches = [switch for switch in (*at.toggle, *at.checkbox) if not switch.disabled]
    buttons = [button for button in at.button if not button.disabled and button.label != "Sign out"]
    for button in buttons:
        button.click()
    for switch in switches:
        switch.set_value(not switch.value)
    for choice in at.selectbox:
        if not choice.disabled and len(choice.options) > 1 and choice.index is not None:
            choice.select_index((choice.index + 1) % len(choice.options))
    at.run()


def test_what_is_pressed_and_shown_below_is_worth_hiding(
    visit: Visit, rooms: Rooms, connection: shop.Connection, signed_in: Signed
) -> None:
    at, changed, shown = visit(user=signed_in("admin")), set(), set()
    for room, query in rooms.items():
        opened(at, room, query)
        before = shop.digests(connection)
        shown |= {(room, canary) for canary in seen(at)}
        press_everything(at)
        changed |= {room} if shop.digests(connection) != before else set()
        connection.execute(BACK)

    assert changed >= {
        "automations",
        "templates",
        "record",
        "shop",
        "customers",
        "invoices",
        "start",
        "settings",
        "jobs",
    }
    assert {room for room, _ in shown} >= {"messages", "message", "record", "customers", "invoices", "leads", "jobs"}
    assert {canary for _, canary in shown} == set(CANARIES)


@pytest.mark.parametrize("shut", SHUT)
def test_what_was_drawn_for_somebody_neither_acts_nor_shows_once_they_may_no_longer(
    visit: Visit, rooms: Rooms, connection: shop.Connection, signed_in: Signed, shut: str
) -> None:
    at = visit(user=signed_in("admin"))
    for room, query in rooms.items():
        connection.execute(BACK)
        opened(at, room, query)
        connection.execute(SHUT[shut])
        before = shop.digests(connection)

        press_everything(at)

        assert not at.exception, room
        assert shop.digests(connection) == before, room
        assert seen(at) == set(), room
        gone = [title.value for title in at.title] == ["Inkbell"]
        assert gone is (shut == "has left"), room
