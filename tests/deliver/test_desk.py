"""The desk promises: people decide about messages once, by their role, and nothing goes to an address unseen."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine import access
from engine.deliver import desk, export, log
from engine.errors import Conflict, NotAllowed
from engine.store import database
from tests import shop

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
_keys = itertools.count()


@pytest.fixture
def told(connection: shop.Connection) -> shop.Row:
    """A job that moved to in_production, and the email about it, sent."""
    shop.set_shop(connection, grace_seconds=0, email="hello@example.com")
    job = shop.make_job(connection, customer_id=shop.make_customer(connection, email="old@example.com")["id"])
    shop.move_job(connection, job, "in_production")
    (event,) = shop.events(connection)
    return message(
        connection, event_id=event["id"], customer_id=job["customer_id"], to_address="old@example.com",
        rfc_message_id="<1@example.com>",
    )  # fmt: skip


def message(connection: shop.Connection, **values: Any) -> shop.Row:
    given = {"rule_key": "production_started_email", "channel": "email", "status": "sent", "send_after": NOW}
    return shop.insert(connection, "message", **given | {"dedupe_key": f"test:{next(_keys)}"} | values)


def now_of(connection: shop.Connection, row: shop.Row) -> shop.Row:
    found = connection.execute("SELECT * FROM message WHERE id = %s", [row["id"]]).fetchone()
    assert found is not None
    return found


def test_released_messages_wait_again_and_say_so_and_the_audit_names_who(connection: shop.Connection) -> None:
    admin = shop.make_staff(connection, role="admin")
    held = [message(connection, status="held", reason="surge", mode="live") for _ in range(2)]
    sent = message(connection)

    with database.transaction() as work:
        done = desk.release(work, [row["id"] for row in (*held, sent)], actor=admin["id"], now=NOW)

    assert done == 2
    assert {(now_of(connection, row)["status"], now_of(connection, row)["detail"]) for row in held} == {
        ("queued", "released")
    }
    assert now_of(connection, held[0])["age_from"] == NOW
    assert now_of(connection, held[0])["mode"] == "live"
    entries = connection.execute("SELECT actor, action, subject FROM audit_entry ORDER BY id").fetchall()
    assert {entry["actor"] for entry in entries} == {f"staff:{admin['id']}"}
    assert [entry["subject"] for entry in entries] == [f"message:{row['id']}" for row in held]


def test_a_message_that_a_safer_mode_held_is_released_into_the_present_one(
    connection: shop.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    shop.set_shop(connection, delivery_mode="live")
    held = message(connection, status="held", reason="sandboxed", mode="sandbox")

    with database.transaction() as work:
        desk.release(work, [held["id"]], actor=access.LOCAL, now=NOW)

    assert now_of(connection, held)["mode"] == "live"


def test_what_is_held_for_many_customers_is_for_admins(connection: shop.Connection) -> None:
    sales = shop.make_staff(connection, role="sales")
    surge = message(connection, status="held", reason="surge")
    late = message(connection, status="held", reason="stale")

    with pytest.raises(NotAllowed, match="surge"), database.transaction() as work:
        desk.discard(work, [surge["id"], late["id"]], actor=sales["id"], now=NOW)
    with database.transaction() as work:
        desk.discard(work, [late["id"]], actor=sales["id"], now=NOW)

    assert now_of(connection, surge)["status"] == "held"
    assert (now_of(connection, late)["status"], now_of(connection, late)["reason"]) == ("cancelled", "discarded")


@pytest.mark.parametrize("deed", [desk.release, desk.discard, desk.put_aside])
def test_production_decides_about_no_message(connection: shop.Connection, deed: Any) -> None:
    who = shop.make_staff(connection, role="production")
    held = message(connection, status="held", reason="stale")

    with pytest.raises(NotAllowed), database.transaction() as work:
        deed(work, [held["id"]], actor=who["id"], now=NOW)


def test_a_message_that_left_meanwhile_is_not_discarded(connection: shop.Connection) -> None:
    gone = message(connection, status="sending")

    with database.transaction() as work:
        assert desk.discard(work, [gone["id"]], actor=access.LOCAL, now=NOW) == 0

    assert now_of(connection, gone)["status"] == "sending"


def test_sending_again_makes_a_new_message_to_todays_address(connection: shop.Connection, told: shop.Row) -> None:
    shop.update(connection, "customer", told["customer_id"], email="new@example.com")

    with database.transaction() as work:
        (ready,) = desk.again(work, [told["id"]], NOW)
        again = desk.send_again(work, told["id"], actor=access.LOCAL, now=NOW, to="new@example.com")

    assert (ready.to, ready.problem) == ("new@example.com", None)
    assert ready.content is not None
    assert "in production" in ready.content.subject
    new = now_of(connection, {"id": again})
    assert (new["status"], new["to_address"], new["resend_of"]) == ("queued", "new@example.com", told["id"])
    assert new["dedupe_key"] == told["dedupe_key"] + ":again:1"
    assert new["rfc_message_id"] != told["rfc_message_id"]
    assert now_of(connection, told) == told


def test_an_address_that_changed_after_it_was_shown_stops_the_sending(
    connection: shop.Connection, told: shop.Row
) -> None:
    shop.update(connection, "customer", told["customer_id"], email="new@example.com")

    with pytest.raises(Conflict, match=r"new@example\.com"), database.transaction() as work:
        desk.send_again(work, told["id"], actor=access.LOCAL, now=NOW, to="old@example.com")


def test_a_second_press_does_not_send_a_third_copy(connection: shop.Connection, told: shop.Row) -> None:
    with database.transaction() as work:
        desk.send_again(work, told["id"], actor=access.LOCAL, now=NOW, to="old@example.com")

    with pytest.raises(Conflict, match="on its way"), database.transaction() as work:
        desk.send_again(work, told["id"], actor=access.LOCAL, now=NOW, to="old@example.com")


def test_what_may_not_go_out_says_why_before_it_is_sent(connection: shop.Connection, told: shop.Row) -> None:
    shop.update(connection, "customer", told["customer_id"], email=None)

    with database.transaction() as work:
        (ready,) = desk.again(work, [told["id"]], NOW)

    assert ready.problem is not None
    assert "no address" in ready.problem


@pytest.mark.parametrize(
    ("rule_key", "since", "said"),
    [
        ("invoice_sent_email", {"status": "void"}, "the invoice is void"),
        ("invoice_paid_email", {"status": "draft"}, "the invoice is a draft"),
        ("invoice_paid_email", {"status": "sent"}, "nothing has been paid"),
    ],
)
def test_an_invoice_that_was_taken_back_is_not_sent_again(
    connection: shop.Connection, rule_key: str, since: dict[str, Any], said: str
) -> None:
    status = "paid" if rule_key == "invoice_paid_email" else "sent"
    invoice = shop.make_invoice(connection, status=status)
    (event,) = shop.events(connection)
    customer = invoice["customer_id"]
    sent = message(
        connection, rule_key=rule_key, event_id=event["id"], customer_id=customer, to_address="a@example.com"
    )
    shop.update(connection, "invoice", invoice["id"], **since)

    with database.transaction() as work:
        (ready,) = desk.again(work, [sent["id"]], NOW)

    assert ready.problem is not None
    assert said in ready.problem


@pytest.mark.parametrize(
    ("rule_key", "type"),
    [("art_approval_email", "job.status_changed"), ("tracking_shipped_email", "job.tracking_added")],
)
def test_what_has_nothing_to_show_is_not_sent_again(connection: shop.Connection, rule_key: str, type: str) -> None:
    job = shop.make_job(connection)
    event = shop.insert(connection, "event", type=type, subject_table="job", subject_id=job["id"], handled_at=NOW)
    discarded = message(
        connection, rule_key=rule_key, event_id=event["id"], customer_id=job["customer_id"], status="cancelled",
        reason="discarded",
    )  # fmt: skip

    with database.transaction() as work:
        (ready,) = desk.again(work, [discarded["id"]], NOW)

    assert ready.problem is not None


def test_a_failure_needs_a_person_until_it_is_sent_again_or_put_aside(
    connection: shop.Connection, told: shop.Row
) -> None:
    shop.update(connection, "message", told["id"], status="failed", reason="refused")
    other = message(connection, status="unknown", reason="outcome_unknown")

    with database.transaction() as work:
        before = log.need_a_person(work)
        desk.send_again(work, told["id"], actor=access.LOCAL, now=NOW, to="old@example.com")
        desk.put_aside(work, [other["id"]], actor=access.LOCAL, now=NOW)
        after = log.need_a_person(work)

    assert (before, after) == (2, 0)
    assert now_of(connection, other)["status"] == "unknown"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_of_the_export_is_a_formula(connection: shop.Connection, start: str) -> None:
    message(connection, subject=f"{start}1+1", to_address="+12125550123")

    with database.transaction() as work:
        given = export.table(work, log.EVERYTHING, actor=access.LOCAL, now=NOW, zone=ZoneInfo("UTC"))

    (row,) = csv.DictReader(io.StringIO(given.decode("utf-8-sig"), newline=""))
    assert row["Subject"] == f"'{start}1+1"
    assert row["Address"] == "'+12125550123"


def test_production_takes_no_export(connection: shop.Connection) -> None:
    who = shop.make_staff(connection, role="production")

    with pytest.raises(NotAllowed), database.transaction() as work:
        export.table(work, log.EVERYTHING, actor=who["id"], now=NOW, zone=ZoneInfo("UTC"))
