"""What a test asks of the desk: which messages stand there, what they say, and which rules are on."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from psycopg import sql

from sidecar import passes
from tests import shop
from tests.shop import Connection, Row

# A Monday, 10 in the morning in New York. Every event of a test is younger than it, whatever the date is today.
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ALWAYS = {"sms_from": time(0), "sms_until": time(0), "dunning_from": time(0), "dunning_until": time(0)}
PUBLIC_URL = "https://orders.example.com"


def after(**lapse: float) -> datetime:
    return NOW + timedelta(**lapse)


def promised(seconds: float) -> float:
    """A promise in seconds, stretched where the machine is busy with other work than ours."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def open_shop(connection: Connection, **values: Any) -> Row:
    """A shop without a grace period, open around the clock for texts, whose links lead somewhere."""
    given = {"name": "Bay Street Print", "email": "hello@example.com", "public_url": PUBLIC_URL, "grace_seconds": 0}
    return shop.set_shop(connection, **given | ALWAYS | values)


def switch(connection: Connection, on: bool, *rule_keys: str) -> None:
    """What is switched on has been on for long, so that it hears of everything."""
    connection.execute(
        "UPDATE rule_setting SET enabled = %s, enabled_at = '2020-01-01Z' WHERE rule_key = ANY(%s)", [on, [*rule_keys]]
    )


def only(connection: Connection, *rule_keys: str) -> None:
    connection.execute("UPDATE rule_setting SET enabled = false")
    switch(connection, True, *rule_keys)


def messages(connection: Connection, **where: Any) -> list[Row]:
    """Every message, or those with these columns, in order of birth."""
    condition = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in where
    )
    statement = sql.SQL("SELECT * FROM message WHERE {} ORDER BY id").format(condition if where else sql.SQL("true"))
    return connection.execute(statement, where).fetchall()


def message(connection: Connection, rule_key: str) -> Row:
    """The only one of its rule."""
    found = messages(connection, rule_key=rule_key)
    assert len(found) == 1, [(row["rule_key"], row["status"]) for row in messages(connection)]
    return found[0]


def fates(connection: Connection, *rule_keys: str) -> list[tuple[str, str | None]]:
    """Status and reason of every message (of these rules), in order of birth."""
    rows = messages(connection)
    return [(row["status"], row["reason"]) for row in rows if not rule_keys or row["rule_key"] in rule_keys]


def heard(connection: Connection) -> set[tuple[str, str | None]]:
    """Which messages went out, and to which address."""
    return {(row["rule_key"], row["to_address"]) for row in messages(connection, status="sent")}


def queued(connection: Connection, **values: Any) -> Row:
    """A message that waits, as the decider leaves it; its event is about nothing."""
    event = shop.insert(connection, "event", type="lead.created", subject_table="lead", subject_id=0, handled_at=NOW)
    key = f"test:{event['id']}"
    given = {"event_id": event["id"], "rule_key": "production_started_email", "channel": "email", "status": "queued"}
    more = {"dedupe_key": key, "send_after": NOW, "rfc_message_id": f"<test.{event['id']}@example.com>", "mode": "live"}
    return shop.insert(connection, "message", **given | more | values)


def row(connection: Connection, message: Row) -> Row:
    """The message as it stands now."""
    return messages(connection, id=message["id"])[0]


def attempts(connection: Connection, message_id: int) -> list[str | None]:
    rows = connection.execute("SELECT outcome FROM attempt WHERE message_id = %s ORDER BY id", [message_id])
    return [row["outcome"] for row in rows]


def alerts(connection: Connection) -> list[str]:
    return [row["subject"] for row in messages(connection, rule_key="system_alert")]


def links(row: Row) -> Sequence[str]:
    """Where the HTML leads, without the shop's own website and address in the footer."""
    targets = dict.fromkeys(re.findall(r'<a [^>]*href="([^"]+)"', row["body_html"] or ""))
    return [target for target in targets if target.startswith("https://")]


@pytest.fixture(name="connection")
def open_desk(connection: Connection) -> Connection:
    """In autocommit, to a shop that is open."""
    open_shop(connection)
    return connection


@pytest.fixture
def admin(connection: Connection) -> Row:
    return shop.make_staff(connection, name="Ada Finch", email="ada@example.com")


@pytest.fixture
def maya(connection: Connection) -> Row:
    return shop.make_customer(connection, email="maya@example.com", phone="(212) 555-0123")


@pytest.fixture
def job(connection: Connection, maya: Row) -> Row:
    return shop.make_job(connection, customer_id=maya["id"], title="Relay team shirts")


@pytest.fixture
def run() -> Callable[..., Counter[str]]:
    """Runs the sidecar once, some time after NOW."""
    return lambda **lapse: passes.once(after(**lapse))
