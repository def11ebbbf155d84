"""The inbox page promises: what is unread is counted in the menu, and read with one click, one or all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import shop
from tests.pages.conftest import Visit, words


def notice(connection: shop.Connection, title: str, **values: Any) -> int:
    given = {"rule_key": "system_alert", "channel": "in_app", "status": "sent", "send_after": "2026-11-03Z"}
    return int(shop.insert(connection, "message", **given | {"dedupe_key": title, "subject": title} | values)["id"])


def test_one_notice_is_marked_read_and_then_all(visit: Visit, connection: shop.Connection) -> None:
    first = notice(connection, "First")
    notice(connection, "Second")
    notice(connection, "Third")

    at = visit("inbox")
    at.button(key=f"read_{first}").click().run()
    after_one = words(at)
    at.button(key="read_all").click().run()

    assert "First" not in after_one
    assert "Second" in after_one
    assert "Nothing unread." in words(at)


def test_a_choice_of_toasts_is_kept(visit: Visit, connection: shop.Connection) -> None:
    at = visit("inbox")
    at.segmented_control(key="toasts").set_value("mine").run()

    assert connection.execute("SELECT staff_id, shows FROM toast_choice").fetchall() == [
        {"staff_id": 0, "shows": "mine"}
    ]


@pytest.mark.parametrize("role", ["sales", "production"])
def test_who_is_no_admin_reads_no_admins_notices(
    visit: Visit, signed_in: Callable[[str], dict[str, Any]], connection: shop.Connection, role: str
) -> None:
    notice(connection, "For admins")

    at = visit("inbox", user=signed_in(role))

    assert not at.exception
    assert "For admins" not in words(at)
