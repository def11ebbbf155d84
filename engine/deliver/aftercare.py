"""What became of the texts that Twilio took, and of those of which nobody knows whether it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from psycopg.errors import UniqueViolation

from engine.catalog.statuses import MOVES
from engine.deliver import channel, clients, letter, outbox
from engine.deliver.sms import INVALID_NUMBER, OPTED_OUT, LookupImpossible, Twilio
from engine.store import connections, database, queries
from engine.store.database import Connection

sql = queries.load("aftercare")
log = structlog.get_logger()

LOOKS = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4), timedelta(hours=24)]
"""After `sent_at`. A text that has no last word a day later gets none; carriers don't always say."""

ABSENT_AFTER = timedelta(minutes=2)
CLOCKS_DIFFER = timedelta(minutes=5)
"""Ours may run ahead of Twilio's; an older text that is another message's is known by its sid."""

MOST_FAILURES = 3
"""Lookups in a row that failed: Twilio is down, and each of the others would wait for it too."""

# https://www.twilio.com/docs/sms/api/message-resource#message-status-values; 'read' comes from a channel like RCS.
ARRIVED = {"delivered", "read"}
LOST = {"undelivered", "failed", "canceled"}

# https://www.twilio.com/docs/api/errors
PERMANENT = {30005, 30006} | INVALID_NUMBER | OPTED_OUT
WORDS = {
    21610: "the recipient replied STOP",
    30003: "the phone is switched off or out of reach",
    30004: "the carrier blocks texts to this number",
    30005: "the number does not exist or is not in service",
    30006: "a landline, or a carrier that takes no texts",
    30007: "the carrier filtered it as unwanted",
    30032: "our toll-free number is not verified; verify it in Twilio’s console",
    30034: "our number is not registered for texts to the US (A2P 10DLC); register it in Twilio’s console",
    30036: "it was not delivered in time",
}


def follow(now: datetime | None = None) -> Counter[str]:
    """Asks Twilio for every text whose look is due; each is asked for once, so it ends. Counts what was learned."""
    tally: Counter[str] = Counter()
    with _asking("sent", now) as (twilio, moment):
        failures = 0
        while twilio and failures < MOST_FAILURES and (row := _take("sent", moment)):
            try:
                delivery = twilio.status(row["provider_id"])
            except LookupImpossible as error:
                failures += 1
                log.warning("text could not be followed", id=row["id"], error=error.cause)
                continue
            failures = 0
            with database.transaction() as connection:
                became = record_report(connection, row["provider_id"], delivery.status, delivery.error_code, moment)
            tally[became or "followed"] += 1
    return tally


def reconcile(now: datetime | None = None) -> Counter[str]:
    """Looks texts in doubt up in Twilio's list: there → `sent`, surely not there → `queued` again, else they stay."""
    tally: Counter[str] = Counter()
    with _asking("unknown", now) as (twilio, moment):
        failures = 0
        while twilio and failures < MOST_FAILURES and (row := _take("unknown", moment)):
            try:
                sid = _find(twilio, row)
            except LookupImpossible as error:
                failures += 1
                log.warning("text in doubt could not be looked up", id=row["id"], error=error.cause)
                continue
            failures = 0
            with database.transaction() as connection:
                became = _adopt(connection, row, sid) if sid else _absent(connection, row, moment)
            log.info("text looked up", id=row["id"], status=became or "unknown")
            tally["found" if became == "sent" else f"recovered_{became}" if became else "in_doubt"] += 1
    return tally


def record_report(connection: Connection, sid: str, status: str, error_code: int | None, now: datetime) -> str | None:
    """Twilio's word on a text, in whatever order it comes: the message's new status, or None when it stays.

    `status` and `error_code` as Twilio writes them. Every word is kept; a late or a lower one changes nothing.
    """
    row = connection.execute(sql.reported, {"sid": sid}).fetchone()
    became = "delivered" if status in ARRIVED else "failed" if status in LOST else None
    if row is None:
        became, outcome = None, "no such message"
    elif became and became in MOVES[row["status"]]:
        outcome = became
        if became == "delivered":
            connection.execute(sql.arrived, {"id": row["id"], "now": now})
        else:
            _lost(connection, row, status, error_code, now)
        log.info("message", id=row["id"], rule=row["rule_key"], status=became, code=error_code)
    else:
        became, outcome = None, "nothing new"
    connection.execute(sql.keep_report, {"sid": sid, "status": status, "now": now, "outcome": outcome})
    return became


def _lost(connection: Connection, row: dict[str, Any], status: str, code: int | None, now: datetime) -> None:
    detail = f"{code} {WORDS.get(code, status)}" if code else status
    reason = "opted_out" if code in OPTED_OUT else "address_invalid" if code in INVALID_NUMBER else "undelivered"
    connection.execute(sql.failed, {"id": row["id"], "reason": reason, "detail": detail})
    connection.execute(
        sql.found_out,
        {
            "id": row["id"],
            "lease": row["lease"],
            "outcome": "refused" if code in PERMANENT else "accepted",
            "detail": detail,
        },
    )
    # In redirect mode it was the shop's own phone that said STOP.
    if code in OPTED_OUT and row["to_address"] and row["handed_to"] == row["to_address"]:
        connection.execute(
            queries.load("suppression").suppress,
            {"channel": "sms", "address": row["to_address"], "reason": "opted_out", "now": now, "note": detail},
        )


@contextmanager
def _asking(status: str, now: datetime | None) -> Iterator[tuple[Twilio | None, datetime]]:
    """Twilio, when something is due and it may be asked: in the sandbox nothing leaves, not even a question."""
    twilio = None
    with database.transaction() as connection:
        moment = now or database.now(connection)
        due = connection.execute(sql.anything_due, {"status": status, "now": moment}).fetchone()
        if due and due["any"] and not channel.desk(connection, "sms").here:
            given = connections.settings_of(connection, "twilio")
            twilio = clients.twilio(given) if given else None
    try:
        yield twilio, moment
    finally:
        if twilio:
            twilio.close()


def _take(status: str, now: datetime) -> dict[str, Any] | None:
    """One text whose look is due; its next look is set, and committed, before this one is made."""
    with database.transaction() as connection:
        if status == "sent":
            return connection.execute(sql.take_sent, {"now": now, "steps": LOOKS}).fetchone()
        return connection.execute(sql.take_unknown, {"now": now}).fetchone()


def _find(twilio: Twilio, row: dict[str, Any]) -> str | None:
    """The sid of a text with these words that no other message has."""
    to, body = row["to_address"], row["body_text"]
    if row["handed_to"] and row["handed_to"] != to:
        to, body = row["handed_to"], letter.redirected(to, body)
    known: set[str] = set()
    while sid := twilio.find(to, body, row["first_at"] - CLOCKS_DIFFER, known):
        with database.transaction() as connection:
            if not connection.execute(sql.is_another, {"sid": sid, "id": row["id"]}).fetchone():
                return sid
        known.add(sid)
    return None


def _adopt(connection: Connection, row: dict[str, Any], sid: str) -> str | None:
    values = {"id": row["id"], "lease": row["lease"], "sid": sid, "sent_at": row["last_at"]}
    try:
        with connection.transaction():
            if not connection.execute(sql.adopt, values).fetchone():
                return None
    except UniqueViolation:
        # Another sidecar gave it to another message with the same words a moment ago.
        return None
    connection.execute(sql.found_out, values | {"outcome": "accepted", "detail": "found in Twilio's list"})
    return "sent"


def _absent(connection: Connection, row: dict[str, Any], now: datetime) -> str | None:
    values = {"id": row["id"], "lease": row["lease"], "status": "queued", "reason": None, "detail": None}
    sure_at = row["last_at"] + ABSENT_AFTER
    if now < sure_at:
        connection.execute(sql.look_again, values | {"at": sure_at})
        return None
    if row["attempts"] >= outbox.MOST_TRIES:
        values |= {"status": "failed", "reason": "gave_up", "detail": "Twilio answered none of the tries"}
    # At once the first time, for a timeout is mostly a passing one; a Twilio that stays ill is spared.
    again_at = now if row["attempts"] <= 1 else now + outbox.backoff(row["attempts"] - 1)
    if not connection.execute(sql.give_back, values | {"try_after": again_at}).fetchone():
        return None
    connection.execute(sql.found_out, values | {"outcome": "unknown", "detail": "not in Twilio's list"})
    return str(values["status"])
