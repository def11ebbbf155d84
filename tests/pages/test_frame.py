"""The frame promises: nobody sees a page before the gate has let them in, and everybody sees what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import shop
from tests.pages.conftest import Visit, words


def test_without_sign_in_a_visitor_on_this_machine_is_the_local_admin_and_is_told_so(visit: Visit) -> None:
    at = visit()

    assert "Local admin" in words(at)
    assert "No sign-in is set up" in words(at)


def test_without_an_admin_the_gate_names_the_command_that_adds_one(visit: Visit) -> None:
    at = visit(user={"is_logged_in": False})

    assert "python -m engine staff add EMAIL --name NAME --role admin" in words(at)


def test_somebody_on_the_staff_is_let_in(visit: Visit, signed_in: Callable[[str], dict[str, Any]]) -> None:
    at = visit(user=signed_in("sales"))

    assert [title.value for title in at.title] == ["Reference"]
    assert "Robin Vale · Sales" in words(at)


def test_somebody_with_an_account_but_not_on_the_staff_is_told_whom_to_ask(visit: Visit) -> None:
    stranger = {"is_logged_in": True, "email": "nobody@example.com", "email_verified": True, "iss": "x", "sub": "y"}

    at = visit(user=stranger)

    assert "'nobody@example.com' is not on the staff; ask an admin to add you." in words(at)
    assert [button.label for button in at.button] == ["Sign in as somebody else"]


def test_somebody_deactivated_is_out_at_their_next_click(
    visit: Visit, signed_in: Callable[[str], dict[str, Any]], connection: shop.Connection
) -> None:
    at = visit(user=signed_in("sales"))
    connection.execute("UPDATE staff SET active = false")

    at.run()

    assert [title.value for title in at.title] == ["Inkbell"]


def test_a_sidecar_without_a_pulse_is_said_with_the_command_that_starts_it(visit: Visit) -> None:
    at = visit()

    assert "python -m sidecar" in at.warning[0].value


def test_a_sidecar_that_beats_is_not_mentioned(visit: Visit, connection: shop.Connection) -> None:
    connection.execute("INSERT INTO sidecar_heartbeat (instance, started_at, beat_at) VALUES ('one', now(), now())")

    at = visit()

    assert not at.warning


def test_the_delivery_mode_is_always_in_sight(visit: Visit) -> None:
    at = visit()

    assert "Sandbox: nothing leaves the shop." in words(at).replace("*", "")


def test_a_toast_is_shown_once_and_those_before_the_visit_never(visit: Visit, connection: shop.Connection) -> None:
    toast(connection, "before")
    at = visit()
    toast(connection, "now **1042**")

    first = [one.value for one in at.run().toast]
    second = [one.value for one in at.run().toast]

    assert [text.replace("\\", "") for text in first] == ["**now **1042**** Moved"]
    assert second == []


def test_an_unreachable_database_is_a_sentence_and_not_a_stack(visit: Visit) -> None:
    from engine.store import database

    at = visit()
    database.use("postgresql://127.0.0.1:1/nowhere")

    at.run()

    assert not at.exception
    assert "No message is lost: what waits goes out when it is back. Load the page again in a minute" in words(at)
    assert "Postgres can't be reached" in words(at)


def test_why_something_was_refused_stays_longer_than_that_it_was_done(visit: Visit) -> None:
    at = visit()
    at.session_state["told"] = [("Saved", ":material/check:"), ("Not saved, because", ":material/error:")]

    done, refused = at.run().toast

    assert (done.proto.duration, refused.proto.duration) == (4, 10)


def toast(connection: shop.Connection, title: str) -> None:
    connection.execute(
        "INSERT INTO message (rule_key, channel, status, dedupe_key, send_after, subject, body_text)"
        " VALUES ('status_change_toast', 'toast', 'sent', %s, now(), %s, 'Moved')",
        [title, title],
    )
