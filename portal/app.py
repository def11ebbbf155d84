"""The portal alone, for a shop that keeps the staff app off the internet: `uvicorn portal.app:app --no-access-log`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from engine.errors import InkbellError
from engine.store import database
from portal import limits
from portal.hatch import Hatch, missed
from portal.routes import routes


@asynccontextmanager
async def until_stopped(_: Starlette) -> AsyncIterator[None]:
    try:
        limits.trusted_proxies()
        database.require_current_schema()
    except InkbellError as error:
        sys.exit(f"inkbell: {error}")
    yield
    database.close()


ELSEWHERE = "/{anything:path}"


def application() -> Starlette:
    nothing = Hatch(ELSEWHERE, get=missed)
    return Starlette(routes=[*routes(), Route(ELSEWHERE, nothing)], lifespan=until_stopped)


app = application()
