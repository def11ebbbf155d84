"""/hooks/twilio/…: what became of our texts, and what customers reply."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from engine import inbound_texts
from engine.deliver import aftercare, sms
from engine.store import connections, database, facts
from engine.store.database import Connection
from portal import safety
from portal.hatch import Visit

NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
LONGEST_SID = 64


def status(visit: Visit) -> Response:
    with database.transaction() as connection:
        if not _is_from_twilio(connection, visit):
            return _refused()
        sid, word, code = visit.text("MessageSid"), visit.text("MessageStatus"), visit.text("ErrorCode")
        if not sid or not word or len(sid) > LONGEST_SID or len(word) > LONGEST_SID:
            return PlainTextResponse("no status of a message\n", status_code=400)
        error_code = int(code) if code.isascii() and code.isdigit() and len(code) < 9 else None
        aftercare.record_report(connection, sid, word.lower(), error_code or None, database.now(connection))
    return Response(status_code=204)


def inbound(visit: Visit) -> Response:
    with database.transaction() as connection:
        if not _is_from_twilio(connection, visit):
            return _refused()
        sid, sender = visit.text("MessageSid"), visit.text("From")
        if not sid or not sender or len(sid) > LONGEST_SID or len(sender) > LONGEST_SID:
            return PlainTextResponse("no message\n", status_code=400)
        inbound_texts.receive(
            connection,
            sid=sid,
            from_number=sender,
            body=visit.text("Body"),
            opt_out_type=visit.text("OptOutType"),
            now=database.now(connection),
        )
    return Response(NO_REPLY, media_type="text/xml")


def _is_from_twilio(connection: Connection, visit: Visit) -> bool:
    """Twilio signs the address that it was given, which is the public one whatever a proxy made of it."""
    given = connections.settings_of(connection, "twilio")
    signature = visit.header("x-twilio-signature")
    base = safety.public_base(facts.shop(connection).public_url, visit.header("host"))
    if not given or not signature or not base or not visit.fields:
        return False
    url = f"{base}{visit.path}" + (f"?{visit.raw_query}" if visit.raw_query else "")
    return sms.is_signed(given["auth_token"], url, visit.fields, signature)


def _refused() -> Response:
    return PlainTextResponse("not signed by Twilio\n", status_code=403)
