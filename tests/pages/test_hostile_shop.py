"""Data promises nothing on the staff's screens either: no page makes markup or a link of it, and none breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from sidecar import passes
from tests import desk, shop
from tests.desk import NOW
from tests.hostile import EVIL, HOSTILE, PRODUCT, all_happens, hostile_shop, markup_of
from tests.pages.conftest import Visit
from tests.pages.test_shut_out import opened

# What Streamlit shows as it is; the letter in its frame has a test of its own.
AS_IT_IS = {
    "text.body", "code.code_text", "text_input.default", "text_area.default", "selectbox.options",
    "bidi_component.json",
}  # fmt: skip


def texts(message: Message, place: str) -> Iterator[tuple[str, str]]:
    """Every text of one of Streamlit's messages, with where it stands."""
    for field, value in message.ListFields():
        for each in value if field.is_repeated else [value]:
            if field.type == field.TYPE_STRING:
                yield f"{place}.{field.name}", each
            elif field.type == field.TYPE_MESSAGE and isinstance(each, Message):
                yield from texts(each, f"{place}.{field.name}")


def markup(at: AppTest) -> dict[str, list[str]]:
    """What stands on the screen as a link, picture or markup and names the stranger's host or script."""
    found = {}
    for node in at._tree:
        proto = getattr(node, "proto", None)
        if proto is None:
            continue
        for place, text in texts(proto, node.type):
            made = [text] if place.endswith(".url") else markup_of(text)
            if place not in AS_IT_IS and (made := [each for each in made if strange(each)]):
                found[place] = made[:1]
    return found


def strange(markup: str) -> bool:
    return any(word in markup.lower() for word in (EVIL, "script", "onerror", "javascript:", "data:text"))


def pages_of(connection: shop.Connection, customer: shop.Row, job: shop.Row) -> list[tuple[str, dict[str, str]]]:
    invoice = connection.execute("SELECT number FROM invoice WHERE job_id = %(id)s", job).fetchone()
    assert invoice is not None
    first = {row["rule_key"]: str(row["id"]) for row in desk.messages(connection)}
    wanted = ("order_received_email", "lead_new_notification", "tracking_shipped_sms", "art_decline_notification")
    return [
        ("reference", {}), ("automations", {}), ("messages", {"status": "sent"}), ("inbox", {}), ("shop", {}),
        ("templates", {"rule": "order_received_email"}), ("rule", {"rule": "art_decline_notification"}),
        *[("message", {"message": first[key]}) for key in wanted],
        ("record", {"customer": str(customer["id"])}), ("record", {"job": job["number"]}),
        ("record", {"invoice": invoice["number"]}), ("jobs", {"job": job["number"]}),
        ("jobs", {"new": "1"}), ("jobs", {"tracking": "1"}),
        # A part of a page stays chosen until another page was open.
        ("customers", {}), ("jobs", {"job": job["number"], "part": "Proofs"}), ("invoices", {}),
        ("jobs", {"job": job["number"], "part": "Tracking"}), ("leads", {}),
        ("jobs", {"job": job["number"], "part": "Invoices"}), ("customers", {"customer": str(customer["id"])}),
        ("jobs", {"job": job["number"], "part": "Details"}), ("leads", {"part": "Reorders"}),
        ("settings", {"part": "Shop"}), ("imports", {}), ("settings", {"part": "Team"}), ("start", {}),
        ("settings", {"part": "Job statuses"}), ("health", {}),
    ]  # fmt: skip


def test_the_reader_below_finds_what_an_unprotected_text_becomes() -> None:
    found = " ".join(markup_of(HOSTILE))

    for made in ("<script>", "onerror", f"https://{EVIL}/", f"www.{EVIL}", f"me@{EVIL}"):
        assert made in found


def test_no_page_makes_markup_of_what_customers_wrote(
    visit: Visit, connection: shop.Connection, signed_in: Callable[[str], dict[str, Any]]
) -> None:
    customer = hostile_shop(connection)
    at = visit(user=signed_in("admin"))
    job = all_happens(connection, customer)
    passes.once(NOW)

    shown = set()
    for room, query in pages_of(connection, customer, job):
        opened(at, room, query)

        assert not at.exception, (room, query)
        assert markup(at) == {}, (room, query)
        drawn = "".join(str(node.proto) for node in at._tree if getattr(node, "proto", None) is not None)
        assert PRODUCT not in drawn, (room, query)
        shown |= {room} if "alert" in drawn else set()

    assert shown >= {"messages", "message", "inbox", "shop", "customers", "record", "leads", "settings"}


def test_a_toast_says_it_as_text(
    visit: Visit, connection: shop.Connection, signed_in: Callable[[str], dict[str, Any]]
) -> None:
    desk.open_shop(connection)
    connection.execute("UPDATE job_status SET label = %s", [HOSTILE])
    at = visit(user=signed_in("admin"))
    shop.move_job(connection, shop.make_job(connection, title=HOSTILE), "films")
    passes.once(NOW)

    at.run()

    (toast,) = at.toast
    assert "alert" in toast.value
    assert markup_of(toast.value) == []
