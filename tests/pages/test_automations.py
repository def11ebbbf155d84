"""The automations page promises: nothing goes on unseen, a stop is never silent, and history has names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests import shop
from tests.pages.conftest import Visit, words

SignedIn = Callable[[str], dict[str, Any]]


def is_on(connection: shop.Connection, rule_key: str) -> bool:
    row = connection.execute("SELECT enabled FROM rule_setting WHERE rule_key = %s", [rule_key]).fetchone()
    assert row is not None
    return bool(row["enabled"])


def test_switching_off_takes_one_click(visit: Visit, connection: shop.Connection) -> None:
    at = visit("automations")

    at.toggle(key="on_job_complete_email").set_value(False).run()

    assert not is_on(connection, "job_complete_email")
    assert at.toggle(key="on_job_complete_email").value is False


def test_switching_on_first_shows_what_it_would_have_sent(visit: Visit, connection: shop.Connection) -> None:
    customer = shop.make_customer(connection, name="Ada Byron", email="ada@example.com")
    shop.move_job(connection, shop.make_job(connection, customer_id=customer["id"]), "art_approved")
    at = visit("automations")

    at.toggle(key="on_status_change_email").set_value(True).run()

    assert "In the last 30 days it would have sent **1 message** to 1 person." in words(at)
    assert "Ada Byron · ada@example.com" in words(at)
    assert not is_on(connection, "status_change_email")
    assert at.toggle(key="on_status_change_email").value is False

    at.button(key="confirm_on").click().run()

    assert is_on(connection, "status_change_email")
    assert at.toggle(key="on_status_change_email").value is True


def test_a_rule_that_is_left_off_stays_off_and_asks_no_more(visit: Visit, connection: shop.Connection) -> None:
    at = visit("automations")
    at.toggle(key="on_status_change_email").set_value(True).run()

    at.button(key="leave_off").click().run()

    assert not is_on(connection, "status_change_email")
    assert "In the last 30 days" not in words(at)


def test_a_rule_without_its_service_says_what_to_connect(visit: Visit, connection: shop.Connection) -> None:
    at = visit("automations")

    at.toggle(key="on_job_complete_sms").set_value(True).run()

    assert "This rule needs Twilio, which is not connected." in words(at)
    assert "Connect Twilio" in words(at)
    assert not is_on(connection, "job_complete_sms")


def test_old_debts_stay_quiet_unless_they_are_picked(visit: Visit, connection: shop.Connection) -> None:
    for number in ("2001", "2002"):
        invoice = shop.make_invoice(connection, number=number, status="sent", due_date=date(2026, 1, 15))
        shop.insert(
            connection,
            "event",
            type="invoice.overdue_30",
            subject_table="invoice",
            subject_id=invoice["id"],
            occasion="2026-01-15",
            payload='{"due_date": "2026-01-15"}',
            handled_at="2026-02-15T12:00Z",
        )
    at = visit("automations")
    at.toggle(key="on_invoice_30day_escalation").set_value(True).run()

    first = next(box for box in at.checkbox if "2001" in box.label)
    first.check().run()
    at.button(key="confirm_on").click().run()

    sent = connection.execute("SELECT rule_key, status FROM message WHERE rule_key = 'invoice_30day_escalation'")
    assert [row["status"] for row in sent] == ["queued"]


def test_pausing_stops_everything_and_a_red_banner_says_so_on_every_page(
    visit: Visit, connection: shop.Connection
) -> None:
    at = visit("automations")

    next(button for button in at.button if button.label == "Pause all sending").click().run()

    assert any("All sending is paused" in error.value for error in at.error)
    assert any("All sending is paused" in error.value for error in visit("reference").error)

    next(button for button in at.button if button.label == "Resume sending").click().run()

    assert not at.error


def test_details_tell_figures_options_and_who_switched_what(visit: Visit, signed_in: SignedIn) -> None:
    at = visit("automations", user=signed_in("admin"))
    at.toggle(key="on_job_complete_email").set_value(False).run()
    at.session_state["details_job_complete_email"] = True
    at.session_state["details_payment_due_soon_email"] = True

    at.run()
    at.number_input(key="option_payment_due_soon_email_days_before").set_value(5).run()

    text = words(at)
    assert "Robin Vale switched it off" in text
    assert "Robin Vale changed its options: days before 3 → 5" in text
    assert "Nothing in the last 30 days." in text


def test_days_beyond_what_the_page_offers_are_shown_as_they_stand(visit: Visit, connection: shop.Connection) -> None:
    connection.execute("UPDATE rule_setting SET options = '{\"days_before\": 45}'")

    at = visit("automations")
    at.session_state["details_payment_due_soon_email"] = True
    at.run()

    assert not at.exception
    assert at.number_input(key="option_payment_due_soon_email_days_before").value == 45


def test_what_a_rule_sent_and_what_failed_is_counted(visit: Visit, connection: shop.Connection) -> None:
    for number, status in enumerate(("sent", "delivered", "failed")):
        shop.insert(
            connection,
            "message",
            rule_key="job_complete_email",
            channel="email",
            status=status,
            dedupe_key=str(number),
            send_after="2026-01-01T10:00Z",
            sent_at=None if status == "failed" else "2026-01-01T10:00Z",
        )
    at = visit("automations")
    at.session_state["details_job_complete_email"] = True

    at.run()

    assert [metric.value for metric in at.metric] == ["2", "1"]
    assert "2 sent in 30 days" in words(at)


def test_sales_look_and_can_change_nothing(visit: Visit, signed_in: SignedIn) -> None:
    at = visit("automations", user=signed_in("sales"))

    assert at.toggle
    assert all(toggle.disabled for toggle in at.toggle)
    assert "Pause all sending" not in words(at)


@pytest.mark.parametrize("page", ["automations", "settings"])
def test_production_reads_whom_to_ask_instead(visit: Visit, signed_in: SignedIn, page: str) -> None:
    at = visit(page, user=signed_in("production"))

    assert not at.toggle
    assert len(at.info) == 1
