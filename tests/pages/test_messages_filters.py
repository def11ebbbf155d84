"""The messages page promises: filters narrow what is listed, and what is done in bulk is asked first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import shop
from tests.pages.conftest import Visit, words
from tests.pages.test_messages import message


@pytest.fixture
def two(connection: shop.Connection) -> shop.Row:
    """A text about Ada's job, failed, and an email about nothing, held."""
    ada = shop.make_customer(connection, name="Ada Byron", company="Engines")
    job = shop.make_job(connection, customer_id=ada["id"])
    shop.move_job(connection, job, "in_production")
    (event,) = shop.events(connection)
    message(
        connection, subject="Needle", channel="sms", rule_key="status_update_sms", status="failed", reason="refused",
        customer_id=ada["id"], event_id=event["id"], body_text="in the haystack",
    )  # fmt: skip
    message(connection, subject="Other", status="held", reason="surge")
    return job


def test_each_filter_leaves_only_what_fits(visit: Visit, two: shop.Row) -> None:
    filters = [
        ("text_input", "q", "HAYSTACK"),
        ("text_input", "customer", "engines"),
        ("text_input", "about", two["number"]),
        ("selectbox", "channel", "sms"),
        ("selectbox", "rule", "status_update_sms"),
    ]
    for kind, key, value in filters:
        at = visit("messages")
        assert "Other" in words(at)
        getattr(at, kind)(key=key).set_value(value).run()

        assert not at.exception, key
        assert "1 message found" in words(at), key
        assert "Other" not in words(at), key


def test_filters_that_let_nothing_through_say_so(visit: Visit, two: shop.Row) -> None:
    at = visit("messages")
    at.text_input(key="q").set_value("' OR 1=1 --").run()

    assert "No message matches these filters." in words(at)


def test_what_needs_a_person_is_released_only_after_a_confirmation(
    visit: Visit, connection: shop.Connection, two: shop.Row
) -> None:
    at = visit("messages")
    at.segmented_control(key="status").set_value("needs a person").run()
    at.button(key="bulk_release").click().run()
    before = connection.execute("SELECT status FROM message WHERE subject = 'Other'").fetchone()
    at.button(key="acting_confirm").click().run()

    after = connection.execute("SELECT status FROM message WHERE subject = 'Other'").fetchone()
    assert (before, after) == ({"status": "held"}, {"status": "queued"})
    assert not at.exception


def test_whoever_releases_what_a_rule_that_is_off_has_to_say_reads_that_it_goes_nowhere(
    visit: Visit, connection: shop.Connection, two: shop.Row
) -> None:
    held = connection.execute("SELECT rule_key FROM message WHERE subject = 'Other'").fetchone()
    connection.execute("UPDATE rule_setting SET enabled = false WHERE rule_key = %(rule_key)s", held)
    at = visit("messages")
    at.segmented_control(key="status").set_value("held").run()
    at.button(key="bulk_release").click().run()

    assert "is cancelled for good" in words(at)


def test_sales_are_told_what_only_an_admin_may_release(
    visit: Visit, signed_in: Callable[[str], dict[str, Any]], connection: shop.Connection, two: shop.Row
) -> None:
    at = visit("messages", user=signed_in("sales"))
    at.segmented_control(key="status").set_value("held").run()
    at.button(key="bulk_release").click().run()
    at.button(key="acting_confirm").click().run()

    assert "ask an admin" in words(at)
    assert connection.execute("SELECT status FROM message WHERE subject = 'Other'").fetchone() == {"status": "held"}
