"""The shop page promises: a job moves with one click, as the person who clicked, and quietly when they say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import shop
from tests.pages.conftest import Visit, words

SignedIn = Callable[[str], dict[str, Any]]


def events(connection: shop.Connection) -> list[dict[str, Any]]:
    return [row["payload"] for row in connection.execute("SELECT payload FROM event ORDER BY id")]


def test_moving_a_job_writes_the_event_with_who_did_it(
    visit: Visit, signed_in: SignedIn, connection: shop.Connection
) -> None:
    job = shop.make_job(connection, status="art_approved")
    user = signed_in("sales")

    at = visit("shop", user=user)
    at.selectbox(key=f"to_{job['id']}").set_value("in_production")
    at.button(key=f"move_{job['id']}").click().run()

    assert events(connection) == [
        {"from": "art_approved", "to": "in_production", "actor": f"staff:{user['sub'].removeprefix('account-')}"}
    ]
    assert "moved to In Production" in at.toast[0].value


def test_dont_notify_travels_with_the_move(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_approved")

    at = visit("shop")
    at.selectbox(key=f"to_{job['id']}").set_value("films")
    at.checkbox(key=f"quiet_{job['id']}").check()
    at.button(key=f"move_{job['id']}").click().run()

    assert events(connection) == [{"from": "art_approved", "to": "films", "actor": "local", "quiet": "customers"}]


def test_two_people_moving_one_job_don_t_overwrite_each_other(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_approved")
    at = visit("shop")
    shop.update(connection, "job", job["id"], status="on_hold")

    at.selectbox(key=f"to_{job['id']}").set_value("in_production")
    at.button(key=f"move_{job['id']}").click().run()

    assert "has moved to On Hold meanwhile" in at.toast[0].value.replace("\\", "")
    assert len(events(connection)) == 1


def test_production_is_offered_only_its_own_stretch(
    visit: Visit, signed_in: SignedIn, connection: shop.Connection
) -> None:
    on_press = shop.make_job(connection, status="in_production")
    quoted = shop.make_job(connection, status="quote")

    at = visit("shop", user=signed_in("production"))

    assert at.selectbox(key=f"to_{on_press['id']}").options == [
        "Art Approved", "Films", "Screen Burned", "Bagging", "Completed Order",
    ]  # fmt: skip
    assert f"move_{quoted['id']}" not in [button.key for button in at.button]
    assert "Sales moves this one." in words(at)


def test_the_search_looks_through_all_jobs_and_the_list_only_at_those_in_process(
    visit: Visit, connection: shop.Connection
) -> None:
    shop.make_job(connection, title="Banner", status="films")
    shop.make_job(connection, title="Banjo shirts", status="delivered")

    at = visit("shop")
    in_process = words(at)
    at.text_input(key="q").set_value("banj").run()

    assert "Banner" in in_process
    assert "Banjo" not in in_process
    assert "Banjo shirts" in words(at)
    assert "Banner" not in words(at)


def test_empty_lists_say_why(visit: Visit) -> None:
    at = visit("shop")
    empty = words(at)
    at.text_input(key="q").set_value("nothing").run()

    assert "No jobs in process." in empty
    assert "No job matches “nothing”." in words(at)
