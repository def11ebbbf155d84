"""The staff app, started by `streamlit run app.py`: the pages, and the door in front of them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import portal
from engine import access
from engine.errors import InkbellError
from engine.store import database
from pages import early, files, ui
from pages.quiet import keep_quiet

HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'; object-src 'none'; base-uri 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
EARLY = early.header()


class Door:
    """
    Lets nobody in who is not on this machine while there is no sign-in, and labels every response.

    With a sign-in the pages look who is there; a file, which comes by a route of its own, is stopped here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        obstacle = None if ui.sign_in_is_configured() else self.obstacle(scope)
        if obstacle is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": obstacle})
        elif obstacle is not None:
            words = f"Without sign-in Inkbell serves this machine only, and {obstacle}. Open it as http://localhost.\n"
            await PlainTextResponse(words, status_code=403)(scope, receive, self.labelled(send))
        elif files.is_uncalled_for(scope["path"]):
            words = "There is no place for a file on this page.\n"
            await PlainTextResponse(words, status_code=403)(scope, receive, self.labelled(send))
        else:
            await self.app(scope, receive, self.labelled(send))

    @staticmethod
    def obstacle(scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        address = scope["client"][0] if scope.get("client") else None
        origin = None if scope["path"] in portal.FOR_STRANGERS else headers.get("origin")
        return access.not_local(hosts[0] if len(hosts) == 1 else None, address, headers.keys(), origin)

    @staticmethod
    def labelled(send: Send) -> Send:
        async def labelling(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                # The portal's pages bring a policy of their own, and none of Streamlit's scripts.
                staff = "content-security-policy" not in headers
                if EARLY and staff and headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Link", EARLY)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                # A proxy that goes by the ending of a name would keep lists of customers for hours.
                if "content-disposition" in headers:
                    headers.setdefault("Cache-Control", "private, no-store")
                if "set-cookie" in headers and ui.signs_in_by_https():
                    message["headers"] = [*map(by_https_only, message["headers"])]
            await send(message)

        return labelling


def by_https_only(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Streamlit leaves it out, and whoever types the address without https:// would send their sign-in in the clear."""
    name, value = header
    kept = name.lower() != b"set-cookie" or b"; secure" in value.lower()
    return header if kept else (name, value + b"; Secure")


def refuse_to_start_behind() -> None:
    try:
        database.require_current_schema()
    except InkbellError as error:
        sys.exit(f"inkbell: {error}")


keep_quiet()
refuse_to_start_behind()


@asynccontextmanager
async def until_stopped(_: object) -> AsyncIterator[None]:
    """Lets go of the embedded Postgres at the end: a server that is told to stop runs no exit handlers."""
    yield
    database.close()


app = st.App(
    "pages/frame.py",
    routes=portal.routes(),
    middleware=[Middleware(Door)],
    lifespan=until_stopped,
    on_script_error=ui.broken,
)
