"""Inbox and toasts promise: each person sees what is theirs, once, and nobody is told what they did themself."""

from __future__ import annotations

from typing import Any

import pytest

from engine import access, inbox, toasts
from engine.store import database
from tests import shop


def notice(connection: shop.Connection, staff_id: int | None, title: str = "New lead") -> int:
    given = {"rule_key": "new_lead_notification", "channel": "in_app", "status": "sent", "send_after": "2026-11-03Z"}
    key = f"{title}:{staff_id}"
    return int(
        shop.insert(connection, "message", **given, dedupe_key=key, staff_id=staff_id, subject=title, body_text="x")[
            "id"
        ]
    )


def person(staff: shop.Row) -> access.Person:
    return access.Person(staff["id"], staff["name"], staff["role"])


def titles(who: access.Person, **narrowed: Any) -> list[str]:
    with database.transaction() as work:
        return [notice.title for notice in inbox.page(work, who, **narrowed).notices]


def test_admins_read_their_own_and_what_is_for_all_and_others_only_their_own(connection: shop.Connection) -> None:
    admin, sales = shop.make_staff(connection), shop.make_staff(connection, role="sales")
    notice(connection, admin["id"], "mine")
    notice(connection, None, "for all admins")
    notice(connection, sales["id"], "hers")

    assert titles(person(admin)) == ["for all admins", "mine"]
    assert titles(person(sales)) == ["hers"]


def test_an_admin_who_was_moved_to_production_reads_no_address_in_what_they_were_told_before(
    connection: shop.Connection,
) -> None:
    kim = shop.make_staff(connection)
    told = notice(connection, kim["id"], "New lead: maya@example.com")
    shop.update(connection, "staff", kim["id"], role="production")
    in_production = access.Person(kim["id"], kim["name"], "production")

    assert titles(in_production) == []
    with database.transaction() as work:
        assert inbox.unread(work, in_production) == 0
        assert not inbox.mark_read(work, told, actor=kim["id"])


def test_without_sign_in_the_first_admins_notices_are_read(connection: shop.Connection) -> None:
    first, second = shop.make_staff(connection), shop.make_staff(connection)
    for staff in (first, second):
        notice(connection, staff["id"])

    with database.transaction() as work:
        assert inbox.unread(work, access.LOCAL_ADMIN) == 1


def test_nobody_reads_for_somebody_else(connection: shop.Connection) -> None:
    admin, sales = shop.make_staff(connection), shop.make_staff(connection, role="sales")
    theirs = notice(connection, admin["id"])

    with database.transaction() as work:
        assert not inbox.mark_read(work, theirs, actor=sales["id"])
        assert inbox.mark_read(work, theirs, actor=admin["id"])
        assert not inbox.mark_read(work, theirs, actor=admin["id"])


def test_what_came_after_the_screen_was_drawn_stays_unread(connection: shop.Connection) -> None:
    admin = shop.make_staff(connection)
    shown = notice(connection, admin["id"], "shown")
    notice(connection, admin["id"], "new")

    with database.transaction() as work:
        inbox.mark_all_read(work, up_to=shown, actor=admin["id"])

    assert titles(person(admin), only_unread=True) == ["new"]


def toast(number: int, to: str = "Bagging", *, own: bool = False, mine: bool = False, job: int | None = None) -> Any:
    return toasts.Toast(number, f"{number}: {to}", "Shirts", job or number, str(number), to, own, mine)


def test_several_toasts_are_said_as_one() -> None:
    nine = [toast(number) for number in range(6)] + [toast(number, "Shipped") for number in range(6, 9)]

    assert toasts.said_as_one(nine) == ("9 jobs moved", "6 to Bagging, 3 to Shipped")


def test_a_job_that_moved_twice_counts_once_where_it_is() -> None:
    assert toasts.said_as_one([toast(1, job=7), toast(2, "Shipped", job=7)])[0] == "2: Shipped"


@pytest.mark.parametrize(("shows", "seen"), [("all", [1, 2]), ("mine", [2]), ("none", [])])
def test_each_person_sees_the_toasts_they_chose_and_never_their_own_moves(shows: Any, seen: list[int]) -> None:
    given = [toast(1), toast(2, mine=True), toast(3, own=True, mine=True)]

    assert [one.id for one in toasts.wanted(given, shows)] == seen


def test_a_toast_knows_who_moved_the_job_and_whose_it_is(connection: shop.Connection) -> None:
    mover, rep = shop.make_staff(connection), shop.make_staff(connection, role="sales")
    job = shop.make_job(connection, sales_rep_id=rep["id"])
    with connection.transaction():
        connection.execute("SELECT set_config('inkbell.actor', %s, true)", [f"staff:{mover['id']}"])
        shop.move_job(connection, job, "bagging")
    (event,) = shop.events(connection)
    given = {"rule_key": "status_change_toast", "channel": "toast", "status": "sent", "send_after": "2026-11-03Z"}
    shop.insert(connection, "message", **given, dedupe_key="t", event_id=event["id"], subject="Moved")

    with database.transaction() as work:
        (for_mover,) = toasts.fresh(work, mover["id"], 0)
        (for_rep,) = toasts.fresh(work, rep["id"], 0)

    assert (for_mover.own, for_mover.mine, for_mover.to_label) == (True, False, "Bagging")
    assert (for_rep.own, for_rep.mine) == (False, True)


def test_a_choice_is_kept_for_each_person(connection: shop.Connection) -> None:
    staff = shop.make_staff(connection, role="production")

    with database.transaction() as work:
        toasts.choose(work, "none", actor=staff["id"])
        toasts.choose(work, "mine", actor=staff["id"])

        assert toasts.choice(work, staff["id"]) == "mine"
        assert toasts.choice(work, access.LOCAL) == "all"
