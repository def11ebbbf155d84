"""Which address leads where."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from portal import account, art, invoice, lead, paper, pay, probes, stripe_hook, twilio_hook
from portal.hatch import Hatch
from portal.limits import Rate


def routes() -> list[BaseRoute]:
    """For the staff app, or for `portal.app` alone. Each call has limits of its own."""

    def hooks() -> Rate:
        return Rate(at_once=300, a_minute=1200)

    def strangers() -> Rate:
        return Rate(at_once=6, a_minute=2)

    hatches = [
        Hatch("/p/{token}", get=account.show),
        Hatch("/p/{token}/reorder", post=account.reorder),
        Hatch("/art/{token}", get=art.show),
        Hatch("/art/{token}/approve", post=art.approve),
        Hatch("/art/{token}/decline", post=art.decline),
        Hatch("/invoice/{token}", get=invoice.show),
        Hatch("/pay/{token}", get=pay.show, post=pay.go, abroad=True),
        Hatch("/pay/{token}/thanks", get=pay.thank),
        Hatch("/lead", get=lead.show, post=lead.receive, options=lead.allow, posts=strangers()),
        Hatch("/hooks/stripe", post=stripe_hook.receive, posts=hooks()),
        Hatch("/hooks/twilio/status", post=twilio_hook.status, posts=hooks()),
        Hatch("/hooks/twilio/inbound", post=twilio_hook.inbound, posts=hooks()),
        Hatch("/healthz", get=probes.health),
        Hatch("/metrics", get=probes.metrics),
        Hatch("/portal/paper.css", get=lambda _: paper.file("paper.css")),
        Hatch("/portal/colour/{colour}.css", get=lambda visit: paper.colour(visit.path)),
        Hatch("/portal/mark.svg", get=lambda _: paper.file("mark.svg")),
    ]
    return [Route(hatch.route, hatch) for hatch in hatches]
