"""What is known of one customer: written out for them, or forgotten."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from engine import access, invoices
from engine.catalog.recipients import e164, mailbox
from engine.errors import Conflict, InkbellError
from engine.store import database, facts, queries
from engine.store.database import Connection

q = queries.load("people")

NOBODY = "Forgotten customer"
FREE_WITHIN, PAUSE = 10.0, 0.2
"""Seconds; a hand-off takes one or two, and one that was broken off is over in two minutes."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    messages: int
    suppressions: int


def export(connection: Connection, customer_id: int, file: Path, *, actor: access.Actor, now: datetime) -> None:
    """Writes a JSON file that only its owner can read. Raises FileExistsError rather than replace one."""
    access.require(connection, actor, "admin")
    known = _known(connection, customer_id)
    row = connection.execute(q.everything, known).fetchone()
    assert row is not None
    found = {name: value if value is not None else [] for name, value in row["everything"].items()}
    written = json.dumps({"written_at": now.isoformat(), **found}, ensure_ascii=False, indent=2)
    # They stand in the messages too.
    for row in connection.execute(q.tokens, known):
        written = written.replace(row["token"], "…")
    _record(connection, "customer exported", known["id"], None, actor, now)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(f"{written}\n")


def forget(
    connection: Connection, customer_id: int, *, actor: access.Actor, now: datetime, force: bool = False
) -> Forgotten:
    """
    Blanks contacts, words and payloads, and ends every link. Amounts, dates and what was printed stay for the books.

    An open balance needs `force`. A message that is on its way at this moment raises Conflict, for whoever sends it
    would write its words and its address again.
    """
    access.require(connection, actor, "admin")
    connection.execute(q.nobody_decides)
    known = _known(connection, customer_id)
    owed = connection.execute(q.owed, known).fetchall()
    if owed and not force:
        sums = ", ".join(
            f"{invoices.decimal(row['balance_cents'], row['currency'])} {row['currency']} on {row['number']!r}"
            for row in owed
        )
        raise InkbellError(f"customer {customer_id} owes {sums}; settle that first, or add --force")
    held = connection.execute(q.hold_messages, known).fetchall()
    connection.execute(q.cancel_messages, known)
    if any(message["status"] == "sending" for message in held):
        raise Conflict(f"a message about customer {customer_id} is on its way at this moment; try again in two minutes")
    # Before the addresses go: correcting an address lifts its bounce, and losing it must not.
    connection.execute(q.drop_suppressions, known)
    suppressions = connection.execute(q.hash_suppressions, known).rowcount
    named = {**known, "name": NOBODY}
    for blank in (q.blank_customer, q.blank_leads):
        connection.execute(blank, named)
    for blank in (
        q.blank_jobs, q.blank_artworks, q.renew_invoices, q.blank_reorders, q.blank_overrides, q.blank_texts,
        q.blank_messages, q.blank_tests, q.blank_attempts, q.blank_events, q.blank_audit,
    ):  # fmt: skip
        connection.execute(blank, known)
    done = Forgotten(messages=len(known["message_ids"]), suppressions=suppressions)
    after = {"messages": done.messages, "suppressions": done.suppressions, "forced": bool(owed)}
    _record(connection, "customer forgotten", known["id"], after, actor, now)
    return done


def forget_when_free(
    customer_id: int, *, actor: access.Actor, force: bool = False, seconds: float = FREE_WITHIN
) -> Forgotten:
    """Forgets, in transactions of its own, as soon as no message is on its way; after `seconds` raises Conflict."""
    until = time.monotonic() + seconds
    while True:
        try:
            with database.transaction() as connection:
                now = database.now(connection)
                return forget(connection, customer_id, actor=actor, now=now, force=force)
        except Conflict:
            if time.monotonic() + PAUSE > until:
                raise
        time.sleep(PAUSE)


def _known(connection: Connection, customer_id: int) -> dict[str, Any]:
    """The customer, held, with everything that leads to what is known of them."""
    row = connection.execute(q.hold, {"id": customer_id}).fetchone()
    if row is None:
        raise InkbellError(f"there is no customer {customer_id}; look up the id with `make psql`")
    country = facts.shop(connection).country
    contacts = connection.execute(q.contacts, {"id": customer_id}).fetchall()
    mails = [row["email"], row["billing_email"], *(row["cc_emails"] or ()), *(c["contact_email"] for c in contacts)]
    phones = {e164(given, country) for given in (row["phone"], *(c["contact_phone"] for c in contacts))} - {None}
    emails = {mail.strip().lower() for mail in mails if mail} | {(mailbox(mail) or "").lower() for mail in mails} - {""}
    leads = [
        lead["id"]
        for lead in connection.execute(
            q.leads, {"emails": sorted(emails), "endings": [str(phone)[-7:] for phone in phones]}
        )
        if (lead["email"] or "").strip().lower() in emails or e164(lead["phone"], country) in phones
    ]
    known: dict[str, Any] = {"id": customer_id, "emails": sorted(emails), "phones": sorted(map(str, phones))}
    known["lead_ids"] = leads
    subjects = connection.execute(q.subjects, known).fetchall()
    own = {"tables": [s["subject_table"] for s in subjects], "ids": [s["subject_id"] for s in subjects]}
    known["event_ids"] = [event["id"] for event in connection.execute(q.events, own)]
    texts = connection.execute(q.texts, known).fetchall()
    known["text_ids"], known["sids"] = [text["id"] for text in texts], [text["message_sid"] for text in texts]
    known["message_ids"] = [message["id"] for message in connection.execute(q.messages, known)]
    known["audited"] = [
        f"customer:{customer_id}",
        *(f"{s['subject_table']}:{s['subject_id']}" for s in subjects),
        *(f"suppression:email:{address}" for address in known["emails"]),
        *(f"suppression:sms:{address}" for address in known["phones"]),
    ]
    return known


def _record(
    connection: Connection,
    action: str,
    customer_id: int,
    after: dict[str, Any] | None,
    actor: access.Actor,
    now: datetime,
) -> None:
    told = {"now": now, "actor": access.name(actor), "action": action, "id": customer_id}
    connection.execute(q.record, {**told, "after": Jsonb(after) if after else None})
