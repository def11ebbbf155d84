"""Every page of the app in a shop where something waits, for tests that walk through all of them."""

from __future__ import annotations

import re
from datetime import date
from itertools import product

import pytest
from streamlit.testing.v1 import AppTest

from engine import access
from engine.compose import wording
from engine.compose.wording import Wording
from engine.decide.run import decide_all
from engine.store import database
from tests import shop
from tests.desk import NOW, open_shop

Rooms = dict[str, dict[str, str]]

# The customer's address and phone, and an amount.
CANARIES = ("canaryortiz", "0187", "7,319.46")


@pytest.fixture(name="rooms")
def every_room(connection: shop.Connection) -> Rooms:
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


def seen(at: AppTest) -> set[str]:
    """Those canaries that went to the browser, drawn or not."""
    protos = [str(node.proto) for node in at._tree if getattr(node, "proto", None) is not None]
    sent = re.sub(r"\\+", "", "\n".join(protos))
    return {canary for canary in CANARIES if canary in sent}
