"""A stand-in for Twilio's Messages API on loopback: its answers, its error codes, and a record of what it took."""

from __future__ import annotations

import re
import secrets
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from operator import eq, ge, le
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.loopback import Answer, Loopback, Request

SENDER = "+15005550006"

# Twilio's own numbers for tests, https://www.twilio.com/docs/iam/test-credentials
MAGIC_TO = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: +1500555XXXX"),
    "+15005550002": (21612, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"),
    "+15005550003": (
        21408,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    ),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
MAGIC_FROM = {
    "+15005550001": (21212, "Invalid 'From' Number (Caller ID)"),
    "+15005550007": (21606, "The 'From' phone number provided is not a valid message-capable Twilio phone number"),
    "+15005550008": (21611, "This 'From' number has exceeded the maximum number of queued messages"),
}
DATES = {"DateSent": eq, "DateSent<": le, "DateSent>": ge}
INVALID, UNREACHABLE, OPTED_OUT, LANDLINE = "+15005550001", "+15005550002", "+15005550004", "+15005550009"


@dataclass
class _Trouble:
    """What goes wrong with the next requests: an error answer, 'hang', 'drop' or 'lie'."""

    kind: str
    status: int
    code: int
    message: str
    to: str | None
    times: int | None
    method: str


class TwilioServer(Loopback):
    """Answers while it is entered; TWILIO_API_BASE is `url`. `texts` holds the Messages it took, oldest first."""

    def __init__(self) -> None:
        super().__init__("twilio_server")
        self.account_sid = "AC" + secrets.token_hex(16)
        self.auth_token = secrets.token_hex(16)
        self.sender = SENDER
        self.texts: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._changed = threading.Condition()
        self._troubles: list[_Trouble] = []

    def fail(
        self,
        status: int,
        code: int,
        message: str = "",
        *,
        to: str | None = None,
        times: int | None = None,
        method: str = "POST",
    ) -> None:
        """Answers with this error and does nothing, for ever or `times` times, for one number or all."""
        self._add(_Trouble("fail", status, code, message, to, times, method))

    def hang(self, *, times: int | None = None, method: str = "POST") -> None:
        """Takes the request, does nothing, never answers."""
        self._add(_Trouble("hang", 0, 0, "", None, times, method))

    def drop(self, *, times: int | None = None, method: str = "POST") -> None:
        """Takes the request, does nothing, hangs up."""
        self._add(_Trouble("drop", 0, 0, "", None, times, method))

    def lie(self, *, times: int | None = None) -> None:
        """Sends the text and answers 500 all the same."""
        self._add(_Trouble("lie", 500, 20500, "An internal server error has occurred", None, times, "POST"))

    def behave(self) -> None:
        with self._changed:
            self._troubles.clear()

    def report(self, sid: str, status: str, error_code: int | None = None) -> None:
        """What a later look at this text says, such as 'delivered', or 'undelivered' with 30005."""
        with self._changed:
            text = self._text(sid)
            assert text, sid
            text.update(status=status, error_code=error_code, date_updated=self._now())

    def wait_for(self, count: int, timeout: float = 10) -> list[dict[str, Any]]:
        """The texts, as soon as there are `count` of them; fails after `timeout` seconds."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.texts) >= count, timeout), f"{len(self.texts)} of {count}"
            return list(self.texts)

    def respond(self, request: Request) -> Answer | str:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        user = b64decode(secret).decode() if kind == "Basic" else ""
        form = {name: values[0] for name, values in parse_qs(request.body).items()}
        answer = self.answer(request.method, request.path, user, form)
        return answer if isinstance(answer, str) else Answer(*answer)

    def _add(self, trouble: _Trouble) -> None:
        with self._changed:
            self._troubles.append(trouble)

    def _trouble(self, method: str, to: str | None) -> _Trouble | None:
        for trouble in reversed(self._troubles):
            if trouble.method == method and trouble.to in (None, to) and trouble.times != 0:
                if trouble.times:
                    trouble.times -= 1
                return trouble
        return None

    def _text(self, sid: str) -> dict[str, Any] | None:
        return next((text for text in self.texts if text["sid"] == sid), None)

    def _now(self) -> str:
        return format_datetime(self.clock().astimezone(UTC))

    def _create(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        to, sender, service = form.get("To"), form.get("From"), form.get("MessagingServiceSid")
        if not to:
            return _error(400, 21604, "A 'To' phone number is required.")
        if not sender and not service:
            return _error(400, 21603, "A 'From' phone number is required.")
        if not form.get("Body"):
            return _error(400, 21602, "Message body is required.")
        if len(form["Body"]) > 1600:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", to):
            return _error(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if to in MAGIC_TO:
            return _error(400, *MAGIC_TO[to])
        if sender in MAGIC_FROM:
            return _error(400, *MAGIC_FROM[sender])
        if service and not re.fullmatch("MG[0-9a-f]{32}", service):
            return _error(400, 21701, "The Messaging Service does not exist.")
        text = self._resource(to, sender, service, form["Body"])
        self.texts.append(text)
        self._changed.notify_all()
        return 201, text

    def _resource(self, to: str, sender: str | None, service: str | None, body: str) -> dict[str, Any]:
        sid = "SM" + secrets.token_hex(16)
        path = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": body,
            "date_created": self._now(),
            "date_sent": None,
            "date_updated": self._now(),
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": sender,
            "messaging_service_sid": service,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "accepted" if service else "queued",
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": to,
            "uri": f"{path}.json",
        }

    def _list(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        found = [text for text in reversed(self.texts) if _matches(text, query)]
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        start = page * size
        shown = found[start : start + size]
        following = f"{path}?{urlencode(query | {'Page': str(page + 1)})}" if len(found) > start + size else None
        return 200, {
            "end": start + len(shown) - 1,
            "first_page_uri": f"{path}?{urlencode(query | {'Page': '0'})}",
            "messages": shown,
            "next_page_uri": following,
            "page": page,
            "page_size": size,
            "previous_page_uri": None,
            "start": start,
            "uri": f"{path}?{urlencode(query)}",
        }

    def answer(self, method: str, target: str, user: str, form: dict[str, str]) -> tuple[int, dict[str, Any]] | str:
        """The answer's status and JSON, or 'hang' or 'drop'."""
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        with self._changed:
            self.requests.append((method, url.path, form or query))
            if user != f"{self.account_sid}:{self.auth_token}":
                return _error(401, 20003, "Authenticate")
            trouble = self._trouble(method, form.get("To"))
            if trouble and trouble.kind in ("hang", "drop"):
                return trouble.kind
            if trouble and trouble.kind == "fail":
                return _error(trouble.status, trouble.code, trouble.message)
            done = self._do(method, url.path, form, query)
            return _error(trouble.status, trouble.code, trouble.message) if trouble else done

    def _do(self, method: str, path: str, form: dict[str, str], query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        account = f"/2010-04-01/Accounts/{self.account_sid}"
        if path == f"{account}.json" and method == "GET":
            return 200, {"sid": self.account_sid, "friendly_name": "Bay Street Print", "status": "active"}
        base = f"{account}/Messages"
        if path == f"{base}.json":
            return self._create(form) if method == "POST" else self._list(path, query)
        text = self._text(path.removeprefix(f"{base}/").removesuffix(".json")) if method == "GET" else None
        return (200, text) if text else _error(404, 20404, f"The requested resource {path} was not found")


def _error(status: int, code: int, message: str) -> tuple[int, dict[str, Any]]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": more, "status": status}


def _matches(text: dict[str, Any], query: dict[str, str]) -> bool:
    """To, From, and DateSent in its three forms, by days; a text that was not sent yet is on no date."""
    if query.get("To", text["to"]) != text["to"] or query.get("From", text["from"]) != text["from"]:
        return False
    asked = [(holds, query[name][:10]) for name, holds in DATES.items() if name in query]
    if not asked or not text["date_sent"]:
        return not asked
    day = parsedate_to_datetime(text["date_sent"]).date().isoformat()
    return all(holds(day, date) for holds, date in asked)


@pytest.fixture
def twilio_server() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server
