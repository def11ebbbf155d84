"""As if it happened now: the same facts and the same decision as for a real event, and nothing is written."""

import pytest

from engine.catalog.rules import RULES, rule
from engine.decide import as_if
from tests import desk, shop
from tests.desk import NOW


@pytest.fixture
def records(connection, job):
    shop.make_artwork(connection, job_id=job["id"])
    shop.make_shipment(connection, job_id=job["id"])
    invoice = shop.make_invoice(connection, job_id=job["id"], status="sent", due_date="2026-02-01")
    shop.make_lead(connection)
    shop.make_reorder_request(connection, customer_id=job["customer_id"], job_id=job["id"])
    return {"job": job["number"], "invoice": invoice["number"], "lead": "", "reorder": ""}


def test_every_rule_can_be_tried_on_a_real_record_and_leaves_no_trace(connection, records):
    before = len(shop.events(connection))

    for each in RULES:
        would = as_if.happened(connection, each, records[each.subject], NOW)

        assert would is not None, each.key
        assert would.facts.event.type in (each.on, *each.also_on), each.key
        assert len(shop.events(connection)) == before, each.key
        assert desk.messages(connection) == [], each.key


def test_it_names_who_would_hear_of_it_although_the_rule_is_off(connection, job):
    desk.switch(connection, False, "production_started_email")

    would = as_if.happened(connection, rule("production_started_email"), job["number"], NOW)

    assert would is not None
    [decision] = would.decisions
    assert (decision.to.name, decision.to.address, decision.reason) == ("Maya Ortiz", "maya@example.com", None)
    assert would.facts.job is not None
    assert would.facts.job.status == "in_production"


def test_it_says_why_somebody_would_not_hear_of_it(connection, maya, job):
    shop.update(connection, "customer", maya["id"], email=None)

    would = as_if.happened(connection, rule("production_started_email"), job["number"], NOW)

    assert would is not None
    assert [decision.reason for decision in would.decisions] == ["no_address"]


@pytest.mark.parametrize("words", ["", "nothing", "%", "9" * 40])
def test_a_number_that_nothing_has_finds_nothing(connection, job, words):
    assert as_if.happened(connection, rule("production_started_email"), words, NOW) is None
