"""/lead: a form for visitors of the shop's website, and the same as JSON for the website itself."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, RedirectResponse, Response

from engine import leads
from engine.store import database, facts
from engine.store.database import Connection
from portal import paper, safety
from portal.hatch import Visit

ACTION = "lead"
HONEYPOT = "website"
"""A field that people don't see and programs fill in."""


def show(visit: Visit) -> Response:
    with database.reading() as connection:
        return _page(connection, visit)


def receive(visit: Visit) -> Response:
    if visit.header("content-type").split(";")[0].strip().lower() == "application/json":
        return _receive_json(visit)
    if visit.header("sec-fetch-site") == "cross-site":
        return paper.notice("This form came from another website.", status=403)
    with database.transaction() as connection:
        now = database.now(connection)
        if not safety.fits(visit.text("key"), "", ACTION, "", now):
            words = "this page was open for a while; please press the button once more"
            return _page(connection, visit, status=409, problems={"": words})
        try:
            _keep(connection, {name: visit.text(name) for name in (*leads.LIMITS, HONEYPOT)}, now)
        except leads.Unfit as error:
            return _page(connection, visit, status=422, problems=error.problems)
        except leads.TooMany as error:
            return _page(connection, visit, status=429, problems={"": str(error)})
    return RedirectResponse("/lead?sent=1", status_code=303)


def allow(visit: Visit) -> Response:
    """The browser's question before the shop's website may send JSON from another address."""
    with database.reading() as connection:
        headers = _cors(connection, visit)
    return Response(status_code=204 if headers else 403, headers=headers)


def _receive_json(visit: Visit) -> Response:
    try:
        given: Any = json.loads(visit.body)
    except (ValueError, RecursionError):
        given = None
    with database.transaction() as connection:
        headers = _cors(connection, visit)
        if visit.header("sec-fetch-site") == "cross-site" and not headers:
            return JSONResponse({"error": "this website is not the shop's"}, status_code=403)
        if not isinstance(given, dict) or not all(isinstance(value, str | None) for value in given.values()):
            return JSONResponse({"error": "send an object of texts"}, status_code=400, headers=headers)
        try:
            fields = {name: _storable(given.get(name) or "") for name in (*leads.LIMITS, HONEYPOT)}
            _keep(connection, fields, database.now(connection))
        except leads.Unfit as error:
            return JSONResponse({"problems": error.problems}, status_code=422, headers=headers)
        except leads.TooMany as error:
            return JSONResponse({"error": str(error)}, status_code=429, headers=headers)
    return JSONResponse({"received": True}, status_code=201, headers=headers)


def _keep(connection: Connection, fields: dict[str, str], now: datetime) -> None:
    """A filled honeypot is thanked like everybody else, so that nobody learns to leave it empty."""
    if not fields.pop(HONEYPOT).strip():
        leads.receive(connection, fields, now=now)


def _storable(text: str) -> str:
    """JSON can spell half a character, which no database keeps."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _page(
    connection: Connection, visit: Visit, *, status: int = 200, problems: dict[str, str] | None = None
) -> Response:
    now = database.now(connection)
    return paper.page(
        "lead.html",
        facts.shop(connection),
        now,
        status=status,
        key=safety.form_key("", ACTION, "", now),
        sent="sent" in visit.query,
        limits=leads.LIMITS,
        honeypot=HONEYPOT,
        problems=problems or {},
        typed={name: visit.text(name) for name in leads.LIMITS},
    )


def _cors(connection: Connection, visit: Visit) -> dict[str, str]:
    """Empty unless the request comes from a page of the shop's own website."""
    origin, website = visit.header("origin"), facts.shop(connection).website
    site = urlsplit(website if "://" in (website or "") else f"https://{website}") if website else None
    if not origin or site is None or origin not in (f"{site.scheme}://{site.netloc}", f"https://{site.netloc}"):
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "600",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Origin",
    }
