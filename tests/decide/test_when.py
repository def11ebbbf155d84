"""Deciding promises: a move can be taken back for a while, and nobody is texted at night."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from engine.catalog.windows import next_opening
from tests.decide.known import SHOP, about_invoice, decided, event, moved, resubmitted
from tests.desk import NOW

GRACE = timedelta(seconds=120)


def waits(facts, rule_key, now=NOW):
    return decided(facts, rule_key, now=now)[rule_key].send_after - now


def test_what_staff_move_by_hand_waits_out_the_grace_period():
    assert waits(moved(), "production_started_email") == GRACE
    assert waits(moved(), "status_update_sms") == GRACE
    assert (
        waits(replace(moved(), event=event("job.tracking_added", shipment_ids=[1])), "tracking_shipped_email") == GRACE
    )
    assert waits(about_invoice(), "invoice_sent_email") == GRACE


def test_what_cannot_be_taken_back_goes_at_once():
    assert waits(moved(), "status_change_toast") == timedelta()
    assert waits(resubmitted(2), "art_resubmit_email") == timedelta()
    assert waits(replace(moved(), event=event("order.received")), "order_received_email") == timedelta()


@pytest.mark.parametrize(("actor", "lapse"), [("stripe", 0), ("portal:3", 0), ("staff:7", 120), (None, 120)])
def test_a_receipt_waits_only_for_a_payment_that_was_entered_by_hand(actor, lapse):
    facts = about_invoice("invoice.paid", "paid", payload={"actor": actor} if actor else {})

    assert waits(facts, "invoice_paid_email") == timedelta(seconds=lapse)


def test_a_shop_without_a_grace_period_sends_at_once():
    assert waits(moved(shop=replace(SHOP, grace_seconds=0)), "production_started_email") == timedelta()


def test_a_text_decided_in_the_evening_waits_for_the_morning():
    evening = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)

    decision = decided(moved(at=evening), "status_update_sms", now=evening)["status_update_sms"]

    assert decision.status == "queued"
    assert decision.send_after == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


def test_the_grace_period_counts_before_the_window_is_asked():
    last_minute = datetime(2026, 3, 3, 0, 59, tzinfo=UTC)

    decision = decided(moved(at=last_minute), "status_update_sms", now=last_minute)["status_update_sms"]

    assert decision.send_after == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "opens", "closes", "expected"),
    [
        ("2026-03-02T14:00", 9, 20, "2026-03-02T14:00"),
        ("2026-03-02T13:59", 9, 20, "2026-03-02T14:00"),
        ("2026-03-03T00:59", 9, 20, "2026-03-03T00:59"),
        ("2026-03-03T01:00", 9, 20, "2026-03-03T14:00"),
        ("2026-03-02T08:00", 9, 9, "2026-03-02T08:00"),
        ("2026-03-02T06:00", 22, 4, "2026-03-02T06:00"),
        ("2026-03-02T12:00", 22, 4, "2026-03-03T03:00"),
    ],
)
def test_a_window_is_open_from_its_start_until_before_its_end(moment, opens, closes, expected):
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    found = next_opening(at, "America/New_York", time(opens), time(closes))

    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_window_keeps_the_shop_s_hours_when_its_clocks_change():
    night_of_the_change = datetime(2026, 3, 8, 4, 0, tzinfo=UTC)

    assert next_opening(night_of_the_change, "America/New_York", time(9), time(20)).hour == 13


def test_a_window_on_weekdays_skips_the_weekend():
    friday_evening = datetime(2026, 3, 6, 23, 0, tzinfo=UTC)

    opening = next_opening(friday_evening, "America/New_York", time(9), time(16), (1, 2, 3, 4, 5))

    assert opening == datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
