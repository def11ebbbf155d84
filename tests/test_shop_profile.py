"""The shop's settings promise: nothing unusable is stored, the ladder holds, and a pause makes nothing late."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest

from engine import access, job_statuses, shop_profile, staff
from engine.errors import Conflict, InkbellError, NotAllowed
from tests import shop
from tests.shop import Connection

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def change(connection: Connection, **values: Any) -> list[str]:
    return shop_profile.change(connection, values, actor=access.LOCAL, now=NOW)


def audit(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute("SELECT actor, action FROM audit_entry ORDER BY id")
    return [(row["actor"], row["action"]) for row in rows]


def test_only_what_changed_is_written_and_remembered(connection: Connection) -> None:
    name = shop_profile.read(connection).name

    changed = change(connection, name=f" {name} ", phone="(212) 555-0100", sms_from=time(10), hours="")

    assert changed == ["phone", "sms_from"]
    entry = connection.execute("SELECT before, after FROM audit_entry").fetchone()
    assert entry == {
        "before": {"phone": None, "sms_from": "09:00:00"},
        "after": {"phone": "(212) 555-0100", "sms_from": "10:00:00"},
    }
    assert change(connection, phone="(212) 555-0100") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("email", "nobody"),
        ("phone", "12"),
        ("website", "http://"),
        ("logo_url", "http://example.com/logo.png"),
        ("public_url", "javascript:alert(1)"),
        ("timezone", "Mars/Olympus"),
        ("locale", "klingon"),
        ("currency", "XYZZY"),
        ("country", "ZZ"),
        ("grace_seconds", -1),
        ("surge_limit", None),
        ("sms_from", None),
        ("dunning_weekdays", []),
        ("dunning_weekdays", [8]),
    ],
)
def test_what_cannot_be_used_is_refused(connection: Connection, field: str, value: object) -> None:
    before = shop_profile.read(connection)

    with pytest.raises(InkbellError):
        change(connection, **{field: value})

    assert shop_profile.read(connection) == before


@pytest.mark.parametrize(
    ("field", "value", "called"),
    [
        ("logo_url", "example.com/logo.png", "the logo's address can't be 'example.com/logo.png'; write it like"),
        ("reply_to", "nobody", "the address that replies go to can't be 'nobody'"),
        ("locale", "klingon", "the language of dates and money can't be 'klingon'"),
        ("redirect_phone", "12", "the test number can't be '12'"),
        ("sms_from", None, "the hour from which texts go out has to be there; choose one"),
    ],
)
def test_a_refusal_calls_a_field_as_people_do(connection: Connection, field: str, value: object, called: str) -> None:
    with pytest.raises(InkbellError, match=called):
        change(connection, **{field: value})


def test_mode_and_pause_are_no_ordinary_fields(connection: Connection) -> None:
    with pytest.raises(InkbellError, match="'delivery_mode'"):
        change(connection, delivery_mode="live")


def test_live_needs_https_and_keeps_it(connection: Connection) -> None:
    change(connection, public_url="http://localhost:8501")
    with pytest.raises(Conflict, match="https"):
        shop_profile.set_mode(connection, "live", actor=access.LOCAL, now=NOW)
    change(connection, public_url="https://orders.example.com")

    assert shop_profile.set_mode(connection, "live", actor=access.LOCAL, now=NOW)
    with pytest.raises(Conflict, match="https"):
        change(connection, public_url="")
    assert shop_profile.read(connection).public_url == "https://orders.example.com"


def test_redirect_needs_somewhere_to_go(connection: Connection) -> None:
    with pytest.raises(Conflict, match="test address"):
        shop_profile.set_mode(connection, "redirect", actor=access.LOCAL, now=NOW)

    change(connection, redirect_email="me@example.com")

    assert shop_profile.set_mode(connection, "redirect", actor=access.LOCAL, now=NOW)


def test_pausing_twice_is_once_and_what_it_cost_is_left_to_be_counted(connection: Connection) -> None:
    assert shop_profile.pause_all(connection, actor=access.LOCAL, now=NOW)
    assert not shop_profile.pause_all(connection, actor=access.LOCAL, now=NOW)
    assert shop_profile.resume_all(connection, actor=access.LOCAL, now=NOW)

    row = connection.execute("SELECT sending_paused, paused_counted_until FROM shop").fetchone()
    assert row is not None
    assert (row["sending_paused"], row["paused_counted_until"] is None) == (False, False)


def test_a_status_moves_to_its_new_place_and_takes_a_new_name(connection: Connection) -> None:
    def move(after: str | None) -> bool:
        return job_statuses.change(
            connection,
            "films",
            label="Film out",
            customer_label="Almost",
            announce=True,
            after=after,
            actor=access.LOCAL,
            now=NOW,
        )

    assert move("delivered")
    assert not move("delivered")

    found = job_statuses.in_order(connection)
    keys = [status.key for status in found]
    assert keys[keys.index("delivered") + 1] == "films"
    assert len({status.position for status in found}) == len(found) == 15
    assert move(None)
    assert job_statuses.in_order(connection)[0].key == "films"


def test_a_status_without_a_name_is_refused(connection: Connection) -> None:
    with pytest.raises(InkbellError, match="readable name"):
        job_statuses.change(
            connection, "films", label=" ", customer_label="x", announce=True, after=None, actor=access.LOCAL, now=NOW
        )


def test_the_last_admin_cannot_leave_but_one_of_two_can(connection: Connection) -> None:
    ada = shop.make_staff(connection, role="admin")
    with pytest.raises(Conflict, match="only admin"):
        staff.deactivate(connection, ada["id"], actor=ada["id"])
    ben = shop.make_staff(connection, role="admin")

    assert staff.deactivate(connection, ben["id"], actor=ada["id"])
    assert not staff.deactivate(connection, ben["id"], actor=ada["id"])
    assert [member.active for member in staff.everybody(connection)] == [True, False]


@pytest.mark.parametrize("role", ["sales", "production"])
def test_only_admins_change_anything(connection: Connection, role: str) -> None:
    shop.make_staff(connection, role="admin")
    actor = shop.make_staff(connection, role=role)["id"]

    for act in (
        lambda: shop_profile.change(connection, {"name": "Mine"}, actor=actor, now=NOW),
        lambda: shop_profile.set_mode(connection, "sandbox", actor=actor, now=NOW),
        lambda: shop_profile.pause_all(connection, actor=actor, now=NOW),
        lambda: shop_profile.resume_all(connection, actor=actor, now=NOW),
        lambda: staff.deactivate(connection, actor, actor=actor),
    ):
        with pytest.raises(NotAllowed):
            act()
