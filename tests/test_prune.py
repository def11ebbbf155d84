"""Pruning promises: what is long over is emptied, nothing that may still move is touched, and every key stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import access, prune
from engine.errors import InkbellError, NotAllowed
from engine.store.database import Connection
from tests.desk import NOW
from tests.shop import Row, insert, make_job, make_staff, move_job
from tests.test_commands import one_line, run

LONG_AGO = NOW - timedelta(days=500)
AGE = timedelta(days=400)
FINAL = ("sent", "delivered", "failed", "skipped", "cancelled", "expired")
CONTENTS = ("subject", "body_text", "body_html", "to_address")


def make_message(connection: Connection, key: str, at: datetime = LONG_AGO, **values: Any) -> Row:
    message = insert(
        connection,
        "message",
        **{
            "rule_key": "order_received_email", "channel": "email", "status": "sent", "dedupe_key": key,
            "subject": "s", "body_text": "t", "body_html": "h", "to_address": "maya@example.com",
            "created_at": at, "send_after": at, "sent_at": at, "provider_id": key, "rfc_message_id": f"<{key}>",
        } | values,
    )  # fmt: skip
    insert(connection, "attempt", message_id=message["id"], lease=1, started_at=at, detail="250 ok")
    return message


def pruned(**options: Any) -> dict[str, int]:
    return dict(prune.prune(AGE, actor=access.COMMAND_LINE, now=NOW, **options))


def contents(connection: Connection) -> dict[str, list[Any]]:
    rows = connection.execute("SELECT * FROM message ORDER BY id").fetchall()
    return {row["dedupe_key"]: [row[name] for name in CONTENTS] for row in rows}


def test_contents_and_attempts_go_while_rows_and_keys_stay(connection: Connection) -> None:
    for status in FINAL:
        make_message(connection, status, status=status)
    keys = "SELECT id, status, dedupe_key, provider_id, rfc_message_id, sent_at FROM message ORDER BY id"
    before = connection.execute(keys).fetchall()

    done = pruned()

    assert done == {"messages": 6, "attempts": 6}
    assert all(value is None for row in contents(connection).values() for value in row)
    assert connection.execute(keys).fetchall() == before
    assert connection.execute("SELECT * FROM attempt").fetchall() == []


@pytest.mark.parametrize("status", ["queued", "held", "sending", "unknown"])
def test_nothing_unfinished_is_touched_however_old(connection: Connection, status: str) -> None:
    job = move_job(connection, make_job(connection), "in_production")
    connection.execute("UPDATE event SET occurred_at = %s, handled_at = %s", [LONG_AGO, LONG_AGO])
    event = connection.execute("SELECT id FROM event WHERE subject_id = %s", [job["id"]]).fetchone()
    assert event
    make_message(connection, status, status=status, event_id=event["id"])
    ledger = "SELECT to_jsonb(m) AS m, to_jsonb(e) AS e, to_jsonb(a) AS a FROM message m, event e, attempt a"
    before = connection.execute(ledger).fetchall()

    assert pruned() == {}

    assert connection.execute(ledger).fetchall() == before


def test_an_old_message_that_went_out_lately_is_not_old(connection: Connection) -> None:
    make_message(connection, "late", sent_at=NOW - timedelta(days=1))
    make_message(connection, "young", at=NOW - timedelta(days=399))

    assert pruned() == {}


def test_events_lose_their_payload_and_keep_their_occasion(connection: Connection) -> None:
    move_job(connection, make_job(connection), "in_production", "bagging")
    connection.execute("UPDATE event SET occurred_at = %s, occasion = 'once:' || id", [LONG_AGO])
    connection.execute("UPDATE event SET handled_at = %s WHERE payload ->> 'to' = 'bagging'", [LONG_AGO])

    done = pruned()

    rows = connection.execute("SELECT payload, occasion IS NOT NULL AS kept FROM event ORDER BY id").fetchall()
    assert done == {"events": 1}
    assert rows == [
        {"payload": {"from": "quote", "to": "in_production"}, "kept": True},
        {"payload": {}, "kept": True},
    ]


def test_replies_are_emptied_and_their_sids_kept(connection: Connection) -> None:
    insert(connection, "inbound_text", message_sid="SM1", from_number="+12125550123", body="hi", created_at=LONG_AGO)

    done = pruned()

    assert done == {"texts": 1}
    assert connection.execute("SELECT message_sid, body FROM inbound_text").fetchall() == [
        {"message_sid": "SM1", "body": None}
    ]


def test_it_works_in_batches_and_a_second_time_finds_nothing(connection: Connection) -> None:
    for number in range(7):
        make_message(connection, f"m{number}")

    assert pruned(batch=3) == {"messages": 7, "attempts": 7}
    assert pruned(batch=3) == {}


def test_which_message_covered_another_is_still_known(connection: Connection) -> None:
    make_message(connection, "a", status="cancelled", reason="covered", detail="message 12")
    make_message(connection, "b", status="failed", reason="refused", detail="550 maya@example.com is unknown")

    pruned()

    rows = connection.execute("SELECT detail FROM message ORDER BY id").fetchall()
    assert [row["detail"] for row in rows] == ["message 12", None]


def test_the_command_counts_and_the_ledger_says_who_did_it(connection: Connection) -> None:
    make_message(connection, "a", at=datetime.fromisoformat("2020-01-01T00:00:00+00:00"))

    done, again = run("prune", "--older-than", "400d"), run("prune", "--older-than", "400d")

    assert done.stdout == "emptied 1 messages, 1 attempts, 0 events, 0 texts\n"
    assert again.stdout == "nothing is that old; nothing changed\n"
    assert connection.execute("SELECT actor, action, after FROM audit_entry").fetchall() == [
        {"actor": "command line", "action": "ledger pruned", "after": {"messages": 1, "attempts": 1, "days": 400}}
    ]


@pytest.mark.parametrize("asked", ["soon", "-5d", "5w", "²d"])
def test_what_is_no_number_of_days_is_refused(connection: Connection, asked: str) -> None:
    refused = run("prune", f"--older-than={asked}")

    assert refused.returncode == 2
    assert "400d" in one_line(refused.stderr)


def test_what_is_still_needed_cannot_be_pruned_by_a_slip(connection: Connection) -> None:
    with pytest.raises(InkbellError, match="at least 30d"):
        prune.prune(timedelta(days=4), actor=access.COMMAND_LINE)


def test_only_an_admin_prunes(connection: Connection) -> None:
    make_message(connection, "a")

    with pytest.raises(NotAllowed):
        prune.prune(AGE, actor=make_staff(connection, role="sales")["id"], now=NOW)

    assert contents(connection)["a"][0] == "s"
