"""The hatch that every request comes through: limited, read to a limit, answered, and logged by its route."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

import anyio.to_thread
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from engine.errors import DatabaseUnreachable, named, places
from engine.store import database, facts
from portal import limits, paper, probes, safety
from portal.limits import Rate

log = structlog.get_logger()

MOST_BYTES = 64 * 1024
MOST_FIELDS = 100
READING_SECONDS = 10.0
FOR_STRANGERS = frozenset({"/lead", "/hooks/stripe", "/hooks/twilio/status", "/hooks/twilio/inbound"})
"""Where other sites may post: webhooks, which prove themselves by a signature, and what checks the origin itself."""
WORKERS = 4
"""As many as the narrow pool has connections; more would only wait there."""
ABROAD = 2
"""Of these, as many as may wait for a provider's answer: the others stay for whoever opens a page meanwhile."""


class Missing(Exception):
    """There is no such page, for whatever reason; the answer doesn't tell which."""


@dataclass(frozen=True)
class Visit:
    """One request, read whole: all that a page may know of it. Cookies are not among it."""

    method: str
    route: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    client: str
    token: str = ""
    action: str = ""
    body: bytes = b""
    raw_query: str = ""

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """The form, as Twilio's signature needs it: blanks kept, repeated names too. Empty when it is no form."""
        try:
            return parse_qs(self.body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
        except ValueError:
            return {}

    def text(self, name: str) -> str:
        """A field as one text; what Postgres can't keep is left out of it."""
        return "".join(self.fields.get(name, [""])[0]).replace("\0", "").replace("\r\n", "\n")

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


Answer = Callable[[Visit], Response]


class Hatch:
    """
    One route's way in. `get` and `post` run in a thread of few, with a narrow pool of connections.

    `abroad` says that a post asks a provider, which may take its time.
    """

    def __init__(
        self,
        route: str,
        *,
        get: Answer | None = None,
        post: Answer | None = None,
        options: Answer | None = None,
        visits: Rate | None = None,
        posts: Rate | None = None,
        abroad: bool = False,
    ) -> None:
        self.route, self.abroad = route, abroad
        self.answers = {"GET": get, "HEAD": get, "POST": post, "OPTIONS": options}
        self.visits = visits or Rate(at_once=120, a_minute=120)
        self.posts = posts or Rate(at_once=20, a_minute=20)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        started = time.perf_counter()
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        for name, value in {**safety.HEADERS, "Content-Security-Policy": safety.policy()}.items():
            response.headers.setdefault(name, value)
        seconds = time.perf_counter() - started
        probes.count(self.route, request.method, response.status_code, seconds)
        # The route, never the path: a token in a log is a key under the mat.
        log.info(
            "request",
            route=self.route,
            method=request.method,
            status=response.status_code,
            milliseconds=round(seconds * 1000),
        )
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        answer = self.answers.get(request.method)
        if answer is None:
            allowed = ", ".join(method for method, known in self.answers.items() if known)
            return paper.notice("This page can't do that.", status=405, headers={"Allow": allowed})
        client = limits.client(
            request.client.host if request.client else None, request.headers.getlist("x-forwarded-for")
        )
        rate = self.posts if request.method == "POST" else self.visits
        if seconds := rate.wait(client):
            words = "That was a lot at once. Please wait a moment and try again."
            return paper.notice(words, status=429, headers={"Retry-After": str(seconds)})
        token = request.path_params.get("token", "")
        if "token" in request.path_params and not safety.could_be_token(token):
            answer = missed
        body = b""
        if request.method == "POST":
            if request.headers.get("sec-fetch-site") == "cross-site" and self.route not in FOR_STRANGERS:
                return paper.notice("This form came from another website.", status=403)
            read = await _body(request)
            if isinstance(read, Response):
                return read
            body = read
        visit = Visit(
            method=request.method,
            route=self.route,
            path=request.url.path,
            query=dict(request.query_params),
            headers={name: value for name, value in request.headers.items() if name != "cookie"},
            client=client,
            token=token,
            action=request.path_params.get("action", ""),
            body=body,
            raw_query=request.url.query,
        )
        work = partial(anyio.to_thread.run_sync, partial(_work, answer, visit), limiter=_limiter(WORKERS))
        if not self.abroad or request.method != "POST":
            return await work()
        async with _limiter(ABROAD):
            return await work()


def _work(answer: Answer, visit: Visit) -> Response:
    try:
        with database.narrow():
            return answer(visit)
    except Missing:
        return _missing()
    except DatabaseUnreachable as error:
        log.warning("portal is waiting for the database", route=visit.route, error=str(error).split("(")[0])
        words = "We can't look this up at the moment. Please try again in a minute."
        return paper.notice(words, status=503, headers={"Retry-After": "30"})
    except Exception as error:
        log.error("page failed", route=visit.route, error=named(error), at=places(error))
        return paper.notice("Something went wrong on our side. Please try again, or call us.", status=500)


def missed(_: Visit) -> Response:
    """For an address that leads nowhere."""
    raise Missing


def _missing() -> Response:
    """With the shop's head and foot, so that whoever comes by an old link knows whom to ask."""
    try:
        with database.narrow(), database.reading() as connection:
            return paper.missing(facts.shop(connection))
    except DatabaseUnreachable:
        return paper.missing()


async def _body(request: Request) -> bytes | Response:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return paper.notice("Nothing can be uploaded here.", status=415)
    too_long = partial(paper.notice, "That is more than this form takes.", status=413)
    try:
        if int(request.headers.get("content-length") or 0) > MOST_BYTES:
            return too_long()
    except ValueError:
        return paper.notice("That can't be read.", status=400)
    body = bytearray()
    try:
        async with asyncio.timeout(READING_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    return too_long()
    except TimeoutError:
        return paper.notice("That took too long to arrive.", status=408)
    return bytes(body)


_limiters: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, anyio.CapacityLimiter]] = WeakKeyDictionary()


def _limiter(most: int) -> anyio.CapacityLimiter:
    """Of the running event loop; the app's own threads stay free."""
    of_loop = _limiters.setdefault(asyncio.get_running_loop(), {})
    return of_loop.setdefault(most, anyio.CapacityLimiter(most))
