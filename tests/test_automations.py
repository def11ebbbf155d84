"""The automations promise: figures are the shop's own days, and old debts speak only when a person picks them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine import access, automations, prune, rule_switch
from engine.capture import due
from engine.decide import run as deciding
from engine.errors import Conflict, InkbellError, NotAllowed
from sidecar import passes
from tests import shop
from tests.shop import Connection, Row

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday morning in New York
RULE = "invoice_30day_escalation"


def debt(connection: Connection, **values: object) -> Row:
    """Due 46 days ago, with its event worked through while the rule was off."""
    invoice = shop.make_invoice(connection, **{"status": "sent", "due_date": date(2026, 1, 15)} | values)
    return invoice | {"event": overdue(connection, invoice, "2026-01-15")}


def overdue(connection: Connection, invoice: Row, due: str) -> int:
    event = shop.insert(
        connection,
        "event",
        type="invoice.overdue_30",
        subject_table="invoice",
        subject_id=invoice["id"],
        occasion=due,
        payload=f'{{"due_date": "{due}", "days": 46}}',
        occurred_at="2026-02-14T12:00Z",
        handled_at="2026-02-14T12:00Z",
    )
    return int(event["id"])


def turn_on(connection: Connection, rule_key: str = RULE) -> None:
    rule_switch.enable(connection, rule_key, actor=access.LOCAL, now=NOW)


def statuses(connection: Connection) -> list[tuple[str, str | None]]:
    rows = connection.execute("SELECT status, reason FROM message WHERE rule_key = %s ORDER BY id", [RULE])
    return [(row["status"], row["reason"]) for row in rows]


def test_the_backlog_lists_open_debts_with_whom_they_would_reach(connection: Connection) -> None:
    customer = shop.make_customer(connection, name="Ada Byron", email="ada@example.com")
    open_one = debt(connection, customer_id=customer["id"], total_cents=5000, amount_paid_cents=2000)
    debt(connection, amount_paid_cents=48_250)

    (unsaid,) = automations.backlog(connection, RULE, NOW)

    assert unsaid.event_id == open_one["event"]
    assert (unsaid.customer, unsaid.to, unsaid.balance_cents) == ("Ada Byron", "ada@example.com", 3000)
    assert unsaid.reason is None


def test_the_backlog_names_what_would_stop_it(connection: Connection) -> None:
    debt(connection, disputed=True)

    (unsaid,) = automations.backlog(connection, RULE, NOW)

    assert unsaid.reason == "disputed"


def test_an_old_debt_stays_in_the_backlog_when_the_ledger_is_pruned(connection: Connection) -> None:
    picked = debt(connection)
    prune.prune(timedelta(days=30), actor=access.COMMAND_LINE, now=NOW + timedelta(days=40))
    turn_on(connection)

    listed = [unsaid.event_id for unsaid in automations.backlog(connection, RULE, NOW)]
    automations.send_backlog(connection, RULE, listed, access.LOCAL, NOW)

    assert listed == [picked["event"]]
    keys = [row["dedupe_key"] for row in connection.execute("SELECT dedupe_key FROM message")]
    assert keys == [f"{RULE}:invoice:{picked['id']}:2026-01-15:customer:{picked['customer_id']}"]


def test_a_debt_whose_day_was_moved_is_no_backlog(connection: Connection) -> None:
    moved = debt(connection)
    shop.update(connection, "invoice", moved["id"], due_date=date(2026, 4, 1))

    assert automations.backlog(connection, RULE, NOW) == ()


def test_only_what_was_picked_is_queued_and_only_once(connection: Connection) -> None:
    first, _ = debt(connection), debt(connection)
    turn_on(connection)

    once = automations.send_backlog(connection, RULE, [first["event"]], access.LOCAL, NOW)
    again = automations.send_backlog(connection, RULE, [first["event"]], access.LOCAL, NOW)

    assert (once, again) == (1, 0)
    assert statuses(connection) == [("queued", None)]
    assert len(automations.backlog(connection, RULE, NOW)) == 1


def test_a_picked_backlog_really_goes_out(connection: Connection) -> None:
    shop.set_shop(connection, name="Bay Street Print", email="hello@example.com")
    picked = debt(connection, sent_at="2026-01-01T12:00Z")
    turn_on(connection)
    automations.send_backlog(connection, RULE, [picked["event"]], access.LOCAL, NOW)

    passes.once(NOW)

    assert statuses(connection) == [("sent", None)]


def test_a_picked_backlog_is_no_surge_to_the_next_decision(connection: Connection) -> None:
    shop.set_shop(connection, surge_limit=2)
    picked = [debt(connection, sent_at="2026-01-01T12:00Z")["event"] for _ in range(3)]
    turn_on(connection)
    automations.send_backlog(connection, RULE, picked, access.LOCAL, NOW)
    shop.make_invoice(
        connection, status="sent", due_date=date(2026, 1, 31), sent_at="2026-01-01Z", created_at="2026-01-01Z"
    )

    due.scan(NOW)
    deciding.decide_all(NOW)

    assert statuses(connection) == [("queued", None)] * 4


def test_the_backlog_of_a_rule_that_is_off_is_refused(connection: Connection) -> None:
    picked = debt(connection)

    with pytest.raises(Conflict, match="switch it on before"):
        automations.send_backlog(connection, RULE, [picked["event"]], access.LOCAL, NOW)


def test_a_rule_without_dates_has_no_backlog(connection: Connection) -> None:
    assert automations.backlog(connection, "job_complete_email", NOW) == ()


def test_options_are_checked_and_kept_with_their_history(connection: Connection) -> None:
    rule_key = "payment_due_soon_email"

    assert automations.set_option(connection, rule_key, "days_before", 7, actor=access.LOCAL, now=NOW)
    assert not automations.set_option(connection, rule_key, "days_before", 7, actor=access.LOCAL, now=NOW)
    with pytest.raises(InkbellError, match="choose 1 to 30"):
        automations.set_option(connection, rule_key, "days_before", 99, actor=access.LOCAL, now=NOW)

    (entry,) = automations.history(connection, rule_key)
    assert (entry.actor, entry.before["days_before"], entry.after["days_before"]) == ("local", 3, 7)


def test_history_names_people_the_latest_first(connection: Connection) -> None:
    ada = shop.make_staff(connection, name="Ada Finch")
    rule_switch.disable(connection, "job_complete_email", actor=ada["id"], now=NOW)
    rule_switch.enable(connection, "job_complete_email", actor=access.COMMAND_LINE, now=NOW)

    found = automations.history(connection, "job_complete_email")

    assert [(entry.actor, entry.action) for entry in found] == [
        ("command line", "rule.enabled"),
        ("Ada Finch", "rule.disabled"),
    ]


def test_a_day_is_the_shops_own(connection: Connection) -> None:
    shop.set_shop(connection, timezone="America/New_York")
    shop.insert(
        connection,
        "message",
        rule_key="job_complete_email",
        channel="email",
        status="sent",
        dedupe_key="late at night",
        send_after="2026-03-02T03:00Z",
        created_at="2026-03-02T03:00Z",
        sent_at="2026-03-02T03:00Z",
    )

    one = next(s for s in automations.standings(connection, NOW) if s.rule.key == "job_complete_email")

    assert one.sent_by_day[-2:] == (1, 0)
    assert len(one.sent_by_day) == 30


@pytest.mark.parametrize("role", ["sales", "production"])
def test_only_admins_change_anything(connection: Connection, role: str) -> None:
    actor = shop.make_staff(connection, role=role)["id"]

    with pytest.raises(NotAllowed):
        automations.set_option(connection, "payment_due_soon_email", "days_before", 7, actor=actor, now=NOW)
    with pytest.raises(NotAllowed):
        automations.send_backlog(connection, RULE, [], actor, NOW)
