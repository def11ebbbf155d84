"""/healthz and /metrics: for whatever watches over Inkbell."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, PlainTextResponse, Response

from engine import settings, vital_signs
from engine.errors import DatabaseUnreachable
from engine.store import database, heartbeat, schema

if TYPE_CHECKING:
    from portal.hatch import Visit

_ours = CollectorRegistry()
_requests = Counter("inkbell_portal_requests", "Requests by route", ["route", "method", "status"], registry=_ours)
_seconds = Histogram("inkbell_portal_seconds", "Seconds to an answer, by route", ["route"], registry=_ours)

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def count(route: str, method: str, status: int, seconds: float) -> None:
    _requests.labels(route, method if method in METHODS else "other", str(status)).inc()
    _seconds.labels(route).observe(seconds)


def health(_: Visit) -> Response:
    """200 when all three are well, else 503; it tells strangers nothing more."""
    signs = {"database": False, "schema": False, "sidecar": False}
    try:
        with database.reading() as connection:
            signs = {
                "database": True,
                "schema": not schema.missing(connection),
                "sidecar": False,
            }
            signs["sidecar"] = signs["schema"] and heartbeat.is_fresh(connection)
    except DatabaseUnreachable:
        pass
    return JSONResponse(signs, status_code=200 if all(signs.values()) else 503)


def metrics(visit: Visit) -> Response:
    """As if it were not there unless INKBELL_METRICS_TOKEN is set; the token comes as a bearer's."""
    token = settings.environment().inkbell_metrics_token
    if not token:
        return PlainTextResponse("not found\n", status_code=404)
    if not hmac.compare_digest(visit.header("authorization").encode(), f"Bearer {token}".encode()):
        return PlainTextResponse("unauthorized\n", status_code=401, headers={"WWW-Authenticate": "Bearer"})
    with database.reading() as connection:
        now = database.now(connection)
        signs = vital_signs.read(connection, now)
    registry = CollectorRegistry()

    def gauge(name: str, says: str, value: float) -> None:
        Gauge(f"inkbell_{name}", says, registry=registry).set(value)

    gauge("sidecar_alive", "1 when a sidecar has beaten lately", float(any(s.alive for s in signs.sidecars)))
    gauge("events_undecided", "Events that wait for a decision", signs.undecided)
    gauge("events_stuck", "Events whose decision has failed at least once", signs.stuck_events)
    late = (now - signs.oldest.due_at).total_seconds() if signs.oldest else 0.0
    gauge("oldest_due_seconds", "How long the oldest message that may go has waited", late)
    messages = Gauge("inkbell_messages", "Messages on their way or in need of a person", ["status", "channel"],
                     registry=registry)  # fmt: skip
    for status, channels in signs.waiting.items():
        for channel, number in channels.items():
            messages.labels(status, channel).set(number)
    down = Gauge("inkbell_channel_down", "1 for a provider that doesn't work", ["provider"], registry=registry)
    for fault in signs.faults:
        down.labels(fault.provider).set(1)
    return Response(generate_latest(registry) + generate_latest(_ours), media_type=CONTENT_TYPE_LATEST)
