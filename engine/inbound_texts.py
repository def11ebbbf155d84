"""Texts that customers send back: STOP and START are obeyed, everything else is shown to the admins."""

from __future__ import annotations

import re
from datetime import datetime

from engine.catalog.recipients import e164
from engine.store import facts, queries
from engine.store.database import Connection

q = queries.load("inbound_text")

# https://help.twilio.com/articles/223134027; REVOKE and OPTOUT are what US carriers ask for beside them.
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "UNSTOP"})
YES = "YES"
"""Lifts a silence at Twilio's, but is no such wish from somebody who hears from us."""

LONGEST = 1600


def receive(
    connection: Connection, *, sid: str, from_number: str, body: str, opt_out_type: str = "", now: datetime
) -> str:
    """`opted_out`, `opted_in`, `noted`, or `repeated` for a known sid; `opt_out_type` is Twilio's own reading."""
    who = _sender(connection, from_number)
    text = body.replace("\0", "")[:LONGEST]
    kept = {"sid": sid, "from_number": from_number, "customer_id": who[0] if who else None, "body": text, "now": now}
    if connection.execute(q.keep, kept).fetchone() is None:
        return "repeated"
    silent = connection.execute(q.is_silent, kept).fetchone() is not None
    wish = _wish(text, opt_out_type, silent=silent)
    suppression = queries.load("suppression")
    address = {"channel": "sms", "address": from_number.lower(), "now": now}
    if wish == "opted_out":
        connection.execute(
            suppression.suppress, {**address, "reason": "opted_out", "note": f"replied {text.strip()[:40]}"}
        )
    elif wish == "opted_in":
        connection.execute(suppression.lift, {**address, "note": f"replied {text.strip()[:40]}"})
    else:
        subject = f"{who[1] if who else from_number} replied to a text"
        body = f"{from_number}: {text.strip() or '(no words)'}"
        connection.execute(q.tell_admins, {"sid": sid, "subject": subject, "body": body, "now": now})
    return wish


def _wish(text: str, opt_out_type: str, *, silent: bool) -> str:
    # With its digits and letters of any script: "Cancel 1042" is about an order.
    word = re.sub(r"[\W_]", "", text.upper())
    if opt_out_type.upper() == "STOP" or word in STOP:
        return "opted_out"
    if opt_out_type.upper() == "START" or word in START or (word == YES and silent):
        return "opted_in"
    return "noted"


def _sender(connection: Connection, from_number: str) -> tuple[int, str] | None:
    country = facts.shop(connection).country
    for row in connection.execute(q.who, {"from_number": from_number}):
        if e164(row["phone"], country) == from_number:
            return int(row["id"]), str(row["name"])
    return None
