"""Text that no database holds promises a sentence: whoever enters it is told, and nothing is half written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine import artworks, customers, enquiries, invoices, job_entry, records, shipments, shop_profile, suppressions
from engine.access import LOCAL
from engine.deliver import log
from engine.errors import InkbellError
from engine.store import database
from tests import shop
from tests.desk import NOW

WHO: dict[str, Any] = {"actor": LOCAL, "now": NOW}
ENTRIES: dict[str, Callable[[database.Connection, dict[str, Any], str], object]] = {
    "a customer": lambda c, _, bad: customers.create(c, {"name": bad}, **WHO),
    "a customer's company": lambda c, s, bad: customers.change(c, s["customer_id"], {"company": bad}, **WHO),
    "a reason": lambda c, s, bad: customers.switch_off(
        c, s["customer_id"], "order_received_email", until=NOW + timedelta(1), reason=bad, **WHO
    ),
    "a job": lambda c, s, bad: job_entry.create(c, job_entry.Order(s["customer_id"], bad), **WHO),
    "a proof": lambda c, s, bad: artworks.decline(c, s["id"], 1, by="Maya", reason=bad, **WHO),
    "a parcel": lambda c, s, bad: shipments.add(c, [shipments.Parcel(s["number"], None, bad)], **WHO),
    "an invoice": lambda c, s, bad: invoices.create(c, job_id=s["id"], total_cents=1, po_number=bad, **WHO),
    "a lead": lambda c, _, bad: enquiries.add_lead(
        c, name=bad, email="jo@example.com", phone="", company="", message=bad, **WHO
    ),
    "a reorder": lambda c, s, bad: enquiries.add_reorder(c, job_number=s["number"], quantity=1, note=bad, **WHO),
    "the shop": lambda c, _, bad: shop_profile.change(c, {"hours": bad}, **WHO),
    "a suppression": lambda c, _, bad: suppressions.add(c, "email", "jo@example.com", note=bad, **WHO),
    "a search for customers": lambda c, _, bad: customers.page(c, search=bad),
    "a search for records": lambda c, _, bad: records.find(c, bad),
    "a search for messages": lambda c, _, bad: log.ids(c, log.Wanted(text=bad), 1),
}


@pytest.mark.parametrize("bad", ["a\0b", "a\ud800b"], ids=["null", "surrogate"])
def test_a_character_that_can_t_be_kept_is_a_sentence_wherever_it_is_entered(
    connection: shop.Connection, bad: str
) -> None:
    job = shop.make_job(connection, status="art_approval_sent")
    shop.make_artwork(connection, job_id=job["id"])
    before = shop.digests(connection)

    for what, enter in ENTRIES.items():
        with pytest.raises(InkbellError) as refused, database.transaction() as own:
            enter(own, job, bad)

        assert "\0" not in str(refused.value), what
        assert "\ud800" not in str(refused.value), what
    assert shop.digests(connection) == before
