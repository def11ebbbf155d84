"""Reminders have manners: the highest only, one a day, never after paying, never about a disputed sum."""

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.deliver import desk as by_hand
from tests import desk, shop

from .conftest import DUE, ENTERED

RULE = "invoice_overdue_email"


def test_the_day_after_the_due_date_brings_one_polite_email(connection, owe, days_after):
    invoice = owe()

    days_after(0)
    days_after(1)
    days_after(1)

    sent = desk.messages(connection, rule_key="invoice_overdue_email")
    assert [row["status"] for row in sent] == ["sent"]
    assert invoice["number"] in sent[0]["subject"]
    assert sent[0]["dunning_on"] == DUE + timedelta(days=1)


def test_only_the_highest_tier_whose_day_has_come_is_sent(connection, owe, days_after):
    owe()

    days_after(62)  # a Monday

    assert desk.fates(connection, "invoice_overdue_email", "invoice_30day_escalation") == [
        ("skipped", "superseded"),
        ("skipped", "superseded"),
    ]
    assert desk.message(connection, "invoice_60day_escalation")["status"] == "sent"


def test_a_tier_that_is_off_supersedes_nothing(connection, owe, days_after):
    desk.switch(connection, False, "invoice_60day_escalation")
    owe()

    days_after(62)  # a Monday

    assert desk.message(connection, "invoice_30day_escalation")["status"] == "sent"


def test_several_overdue_invoices_make_one_email_that_names_them_all(connection, owe, days_after):
    first, second = owe(total_cents=1_000), owe(total_cents=2_000, due_date=DUE - timedelta(days=2))

    days_after(1)

    sent = desk.messages(connection, status="sent")
    covered = desk.messages(connection, reason="covered")
    assert len(sent) == 1
    assert [row["detail"] for row in covered] == [f"message {sent[0]['id']}"]
    assert all(number in sent[0]["body_text"] for number in (first["number"], second["number"], "$30.00"))


def test_several_invoices_due_soon_make_one_email_that_names_them_all(connection, owe, days_after):
    first, second = owe(total_cents=1_000), owe(total_cents=2_000, due_date=DUE + timedelta(days=1))
    later = owe(due_date=DUE + timedelta(days=9))

    days_after(-1)

    sent, covered = desk.messages(connection, rule_key="payment_due_soon_email")
    assert (sent["status"], covered["status"], covered["reason"]) == ("sent", "cancelled", "covered")
    assert all(number in sent["body_text"] for number in (first["number"], second["number"], "$30.00"))
    assert later["number"] not in sent["body_text"]


def test_what_is_only_due_soon_is_in_no_list_of_debts_and_waits_for_its_own_email(connection, owe, days_after):
    late, soon = owe(due_date=DUE - timedelta(days=1)), owe(due_date=DUE + timedelta(days=3))

    days_after(0)
    days_after(3)

    [debt] = desk.messages(connection, rule_key="invoice_overdue_email")
    [reminder] = desk.messages(connection, rule_key="payment_due_soon_email")
    assert (debt["status"], soon["number"] in debt["body_text"]) == ("sent", False)
    assert (reminder["status"], late["number"] in reminder["body_text"]) == ("sent", False)


def test_a_customer_gets_one_reminder_a_day_and_three_days_of_peace(connection, owe, days_after):
    owe()
    days_after(1)
    owe(due_date=DUE + timedelta(days=1))

    days_after(2)
    waiting = desk.messages(connection, status="queued")
    days_after(6)  # Monday

    assert len(waiting) == 1
    assert [row["sent_at"].date() for row in desk.messages(connection, status="sent")] == [
        date(2026, 3, 4),
        date(2026, 3, 9),
    ]


def test_a_reminder_that_waited_for_months_gives_three_days_of_peace_too(connection, maya, owe, days_after):
    invoice = owe(disputed=True)
    days_after(1)
    for number in range(10):
        earlier = ENTERED - timedelta(days=number)
        times = dict.fromkeys(("created_at", "send_after", "sent_at"), earlier)
        given = {"rule_key": RULE, "channel": "email", "status": "sent", "dedupe_key": f"earlier:{number}"}
        shop.insert(connection, "message", customer_id=maya["id"], **given | times)
    shop.update(connection, "invoice", invoice["id"], disputed=False)
    days_after(2)
    owe(due_date=DUE + timedelta(days=2))

    days_after(3)

    assert desk.fates(connection)[0] == ("sent", None)
    assert desk.fates(connection)[-1] == ("queued", None)


def test_a_disputed_invoice_is_left_alone_until_the_dispute_is_cleared(connection, owe, days_after):
    invoice = owe(disputed=True)
    days_after(1)
    held = desk.fates(connection)

    shop.update(connection, "invoice", invoice["id"], disputed=False)
    days_after(2)

    assert held == [("held", "disputed")]
    assert desk.fates(connection) == [("sent", None)]


def test_payment_cancels_every_waiting_reminder_in_the_transaction_that_handles_it(connection, owe, days_after):
    invoice = owe()
    days_after(1, hour=23)  # after closing time
    waiting = desk.fates(connection)

    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=48_250)
    days_after(1, hour=23)

    assert waiting == [("queued", None)]
    assert desk.fates(connection) == [("cancelled", "no_longer_true")]


def test_the_last_look_sees_a_payment_that_no_event_told_of(connection, owe, days_after):
    invoice = owe()
    days_after(1, hour=23)

    shop.update(connection, "invoice", invoice["id"], amount_paid_cents=48_250)
    days_after(2)

    assert desk.fates(connection) == [("cancelled", "no_longer_true")]


def test_reminders_wait_for_a_weekday_in_office_hours_that_is_no_holiday(connection, owe, days_after):
    owe(due_date=date(2026, 3, 6))  # Friday
    shop.insert(connection, "closed_day", day=date(2026, 3, 9), label="Inventory")

    days_after(4)

    assert desk.messages(connection)[0]["send_after"] == datetime(2026, 3, 10, 13, tzinfo=UTC)  # Tuesday, 9 in New York


def test_a_pause_with_an_end_moves_the_reminder_to_that_end(connection, owe, days_after):
    until = datetime(2026, 3, 11, 15, tzinfo=UTC)
    owe(reminders_paused_until=until)

    days_after(1)
    early = desk.fates(connection)
    days_after(8)

    assert early == [("queued", None)]
    assert desk.messages(connection)[0]["send_after"] == until
    assert desk.fates(connection) == [("sent", None)]


def test_a_customer_paused_after_the_reminder_was_queued_gets_it_when_the_pause_ends(connection, maya, owe, days_after):
    owe()
    days_after(1, hour=23)
    shop.update(connection, "customer", maya["id"], messages_paused_until=datetime(2026, 3, 11, 15, tzinfo=UTC))

    days_after(2)
    during = desk.fates(connection)
    days_after(8)

    assert during == [("queued", None)]
    assert desk.fates(connection) == [("sent", None)]


def test_an_override_without_an_end_means_never(connection, maya, owe, days_after):
    shop.insert(connection, "rule_override", customer_id=maya["id"], rule_key="invoice_overdue_email", enabled=False)
    owe()

    days_after(1)

    assert desk.fates(connection) == [("skipped", "off_for_customer")]


def test_a_part_payment_buys_a_week_of_silence(connection, owe, days_after):
    invoice = owe()
    shop.make_payment(
        connection, invoice_id=invoice["id"], amount_cents=100, created_at=datetime(2026, 3, 3, 15, tzinfo=UTC)
    )

    days_after(1)

    assert desk.messages(connection)[0]["send_after"] == datetime(2026, 3, 10, 15, tzinfo=UTC)


def test_nothing_is_said_while_a_payment_is_pending(connection, owe, days_after):
    owe(payment_pending_at=datetime(2026, 3, 3, 15, tzinfo=UTC))

    days_after(1)

    assert desk.fates(connection) == [("held", "payment_pending")]


def test_a_young_invoice_is_not_chased_for_five_days(connection, owe, days_after):
    owe(sent_at=datetime(2026, 3, 2, 15, tzinfo=UTC), created_at=datetime(2026, 3, 2, 15, tzinfo=UTC))

    days_after(1)

    assert desk.messages(connection)[0]["send_after"] >= datetime(2026, 3, 7, 15, tzinfo=UTC)


def test_an_invoice_that_names_no_day_of_sending_was_sent_when_its_event_says(connection, owe, days_after):
    invoice = owe(status="draft", sent_at=None)
    shop.update(connection, "invoice", invoice["id"], status="sent")
    connection.execute("UPDATE event SET occurred_at = %s", [datetime(2026, 3, 2, 15, tzinfo=UTC)])

    days_after(1)

    assert desk.message(connection, RULE)["send_after"] >= datetime(2026, 3, 7, 15, tzinfo=UTC)


def test_debts_from_before_the_rule_was_on_are_left_to_a_person(connection, owe, days_after):
    connection.execute("UPDATE rule_setting SET enabled_at = '2026-03-20Z' WHERE rule_key = 'invoice_overdue_email'")
    owe()

    days_after(20)

    assert desk.messages(connection) == []


def test_an_old_invoice_that_is_entered_late_is_left_to_a_person(connection, owe, days_after):
    owe(created_at=datetime(2026, 3, 10, 15, tzinfo=UTC))

    days_after(8)

    assert desk.messages(connection) == []


def test_ninety_days_tell_the_admins_and_not_the_customer(connection, admin, owe, days_after):
    desk.only(connection, "invoice_90day_admin_alert")
    invoice = owe()

    days_after(91)

    notice = desk.message(connection, "invoice_90day_admin_alert")
    assert (notice["channel"], notice["staff_id"], notice["status"]) == ("in_app", admin["id"], "sent")
    assert invoice["number"] in notice["subject"]
    assert "maya@example.com" in notice["body_text"]
    assert "No reminder has been sent" in notice["body_text"]


def test_the_ninety_day_alert_says_what_the_customer_has_been_sent_so_far(connection, admin, owe, days_after):
    desk.switch(connection, True, "invoice_90day_admin_alert")
    owe()
    days_after(1)

    days_after(91)

    notice = desk.message(connection, "invoice_90day_admin_alert")
    assert "Sent so far: Invoice overdue on March 4, 2026." in notice["body_text"]


def test_a_reminder_that_is_sent_again_on_its_day_waits_for_the_next(connection, owe, days_after, admin):
    owe()
    days_after(1)
    (first,) = desk.messages(connection, rule_key="invoice_overdue_email")
    with connection.transaction():
        again = by_hand.send_again(
            connection,
            first["id"],
            actor=admin["id"],
            now=first["sent_at"] + timedelta(minutes=5),
            to=first["to_address"],
        )

    days_after(1, hour=17)
    waits = desk.messages(connection, id=again)[0]
    days_after(2)

    assert (waits["status"], waits["reason"]) == ("queued", None)
    assert desk.messages(connection, id=again)[0]["status"] == "sent"


@pytest.mark.parametrize("column", ["sent_at", "reminders_paused_until"])
def test_a_moment_at_the_end_of_all_days_puts_off_its_own_reminder_only(connection, owe, days_after, column):
    shop.set_shop(connection, dunning_weekdays=[3])
    endless = owe(customer_id=shop.make_customer(connection)["id"])
    # Postgres reads it, and the connection of this test does not.
    connection.execute(f"UPDATE invoice SET {column} = 'infinity' WHERE id = %(id)s", endless)
    owed = owe()

    done = days_after(1)

    assert done["failed"] == 0
    fates = {row["customer_id"]: row["status"] for row in desk.messages(connection, rule_key=RULE)}
    assert fates == {endless["customer_id"]: "queued", owed["customer_id"]: "sent"}
