"""Being shut out promises: what was drawn for somebody does nothing, and shows nothing, once they may no longer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from itertools import product
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from engine import access
from engine.compose import wording
from engine.compose.wording import Wording
from engine.decide.run import decide_all
from engine.store import database
from tests import shop
from tests.desk import NOW, open_shop
from tests.pages.conftest import Visit

SHUT = {
    "has left": "UPDATE staff SET active = false",
    "is in production now": "UPDATE staff SET role = 'production'",
}
BACK = "UPDATE staff SET active = true, role = 'admin'"
# The customer's address and phone, and an amount.
CANARIES = ("canaryortiz", "0187", "7,319.46")

Signed = Callable[[str], dict[str, Any]]
Rooms = dict[str, dict[str, str]]


@pytest.fixture
def rooms(connection: shop.Connection) -> Rooms:
    """Every page of a shop where something waits, with the address that opens most of it."""
    open_shop(connection, grace_seconds=120, surge_limit=1)
    shop.make_staff(connection, name="A colleague")
    customer = shop.make_customer(connection, name="Maya Ortiz", email="canaryortiz@example.com", phone="212 555 0187")
    jobs = [shop.make_job(connection, customer_id=customer["id"], status="films") for _ in range(3)]
    shop.make_artwork(connection, job_id=jobs[0]["id"])
    shop.make_invoice(connection, job_id=jobs[0]["id"], total_cents=731_946)
    shop.make_invoice(connection, job_id=jobs[1]["id"], total_cents=731_946, status="sent", due_date=date(2026, 3, 1))
    shop.make_lead(connection, email="canaryortiz@example.com", phone="212 555 0187")
    shop.make_reorder_request(connection, customer_id=customer["id"], job_id=jobs[0]["id"], quantity=48)
    shop.insert(connection, "suppression", channel="sms", address="+12125550187", reason="opted_out", since=NOW)
    for job in jobs:
        shop.move_job(connection, job, "in_production")
    decide_all(NOW)
    with database.transaction() as own:
        wording.save(own, "production_started_email", Wording("Thanks", "", "Thank you."), access.LOCAL)
    held = connection.execute("SELECT id FROM message WHERE status = 'held' ORDER BY id").fetchone()
    assert held is not None
    return {
        "reference": {}, "rule": {"rule": "order_received_email"}, "variable": {"variable": "job_title"},
        "automations": {}, "templates": {"rule": "production_started_email"}, "messages": {"status": "held"},
        "message": {"message": str(held["id"])}, "record": {"customer": str(customer["id"])}, "inbox": {}, "shop": {},
        "customers": {"customer": str(customer["id"])}, "invoices": {}, "leads": {}, "imports": {}, "start": {},
        "health": {}, "settings": {"part": "Team"}, "jobs": {"job": jobs[0]["number"]},
    }  # fmt: skip


def opened(at: AppTest, room: str, query: dict[str, str]) -> None:
    at.query_params.clear()
    at.switch_page(f"{room}.py")
    at.query_params.update(query)
    if room == "invoices":
        for drawer, number in product(("sending", "pay", "edit", "more"), (1, 2)):
            at.session_state[f"{drawer}_{number}"] = True
    at.run()


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


def seen(at: AppTest) -> set[str]:
    """Those canaries that went to the browser, drawn or not."""
    protos = [str(node.proto) for node in at._tree if getattr(node, "proto", None) is not None]
    sent = re.sub(r"\\+", "", "\n".join(protos))
    return {canary for canary in CANARIES if canary in sent}


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
