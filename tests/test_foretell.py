"""What is foretold is what then happens, and telling it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine import access, artworks, foretell, invoices, moves, shipments
from engine.catalog import forgotten
from engine.decide import run as deciding
from engine.payments import record_payment
from engine.store import database
from engine.store.database import Connection
from sidecar import passes
from tests import desk, shop

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": access.LOCAL, "now": NOW}

Deed = Callable[[Connection], Any]


@pytest.fixture
def deeds(connection: shop.Connection) -> dict[str, Deed]:
    """Everything that staff do by hand and that a customer may hear of."""
    desk.open_shop(connection)
    maya = shop.make_customer(connection, email="maya@example.com")
    job = shop.make_job(connection, customer_id=maya["id"], status="art_requested")
    draft = shop.make_invoice(connection, customer_id=maya["id"], total_cents=5_000)
    sent = shop.make_invoice(connection, customer_id=maya["id"], status="sent", total_cents=5_000)
    deciding.decide_all(NOW)
    day = date(2026, 3, 1)
    return {
        "art_approval_email": lambda c: artworks.send(c, job["id"], image_url="https://files.example.com/1.png", **WHO),
        "tracking_shipped_email": lambda c: shipments.add(c, [shipments.Parcel(job["number"], "UPS", "1Z1")], **WHO),
        "invoice_sent_email": lambda c: invoices.send(c, draft["id"], **WHO),
        "invoice_paid_email": lambda c: record_payment(c, sent["id"], 5_000, "check", None, day, access.LOCAL, NOW),
    }


@pytest.mark.parametrize(
    "rule", ["art_approval_email", "tracking_shipped_email", "invoice_sent_email", "invoice_paid_email"]
)
def test_it_says_what_the_decider_then_decides(connection: shop.Connection, deeds: dict[str, Deed], rule: str) -> None:
    foretold = foretell.foretold(deeds[rule], NOW)

    with database.transaction() as own:
        deeds[rule](own)
    deciding.decide_all(NOW)
    row = desk.messages(connection, rule_key=rule)[-1]
    assert [(one.channel, one.address, one.at, one.reason) for one in foretold] == [
        (row["channel"], row["to_address"], row["send_after"], row["reason"])
    ]


def test_telling_it_leaves_no_trace(connection: shop.Connection, deeds: dict[str, Deed]) -> None:
    tables = ("event", "message", "artwork", "shipment", "payment", "audit_entry")

    def counted() -> list[Any]:
        return [connection.execute(f"SELECT count(*) AS n, max(id) FROM {table}").fetchone() for table in tables]

    before = counted()
    for deed in deeds.values():
        foretell.foretold(deed, NOW)

    assert counted() == before


def test_what_cannot_be_done_yet_foretells_nothing(deeds: dict[str, Deed]) -> None:
    assert foretell.or_nothing(lambda c: invoices.send(c, 999, **WHO), NOW) is None


def test_a_new_version_and_the_move_it_brings_are_one_message(connection: shop.Connection) -> None:
    desk.open_shop(connection)
    job = shop.make_job(connection, status="art_requested")
    with database.transaction() as own:
        artworks.send(own, job["id"], image_url="", quiet="customers", **WHO)
    shop.move_job(connection, job, "art_revision_requested")
    deciding.decide_all(NOW)

    foretold = foretell.foretold(lambda c: artworks.send(c, job["id"], image_url="", **WHO), NOW)

    artworks.send(connection, job["id"], image_url="", **WHO)
    deciding.decide_all(NOW)
    made = desk.messages(connection, channel="email", status="queued")
    assert [one.title for one in foretold] == ["New proof version"]
    assert [row["rule_key"] for row in made] == ["art_resubmit_email"]


def test_one_more_parcel_goes_with_the_message_that_waits_for_its_grace(connection: shop.Connection) -> None:
    desk.open_shop(connection, grace_seconds=120)
    job = shop.make_job(connection)
    shipments.add(connection, [shipments.Parcel(job["number"], "UPS", "1Z1")], **WHO)
    deciding.decide_all(NOW)

    (one,) = foretell.foretold(lambda c: shipments.add(c, [shipments.Parcel(job["number"], "UPS", "1Z2")], **WHO), NOW)

    assert (one.title, one.reason, one.joins) == ("Shipped, with tracking", "covered", True)


def test_a_board_promises_nothing_to_somebody_who_was_forgotten_and_came_back(connection: shop.Connection) -> None:
    desk.open_shop(connection)
    digest = forgotten.digest("maya@example.com")
    shop.insert(connection, "suppression", channel="email", address=digest, reason="opted_out", since=NOW)
    maya = shop.make_customer(connection, email="maya@example.com", phone=None)
    job = shop.make_job(connection, customer_id=maya["id"], status="films")

    with database.transaction() as own:
        told = moves.outlook(own, [job["id"]], NOW).told(job["id"], "in_production")
    shop.move_job(connection, job, "in_production")
    deciding.decide_all(NOW)

    row = desk.message(connection, "production_started_email")
    assert [one.reason for one in told] == [row["reason"]]
    assert row["reason"] in ("opted_out", "bounced")


def test_a_board_promises_no_proof_that_the_customer_has_seen(connection: shop.Connection) -> None:
    desk.open_shop(connection)
    job = shop.make_job(connection, status="art_requested")
    for version in (1, 2):
        artworks.send(connection, job["id"], image_url="", **WHO)
        assert passes.once(NOW)["sent"], version
    shop.move_job(connection, job, "on_hold")
    deciding.decide_all(NOW)

    told = moves.outlook(connection, [job["id"]], NOW).told(job["id"], "art_approval_sent")

    assert [(one.channel, one.reason) for one in told] == [("email", "already_told")]
