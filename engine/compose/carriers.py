"""Which carrier has the package, and where it can be followed."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from engine.catalog.facts import Shipment
from engine.catalog.variables import CARRIERS
from engine.compose.clean import one_line
from engine.compose.rich import Package

_FOLLOW = {
    "UPS": "https://www.ups.com/track?tracknum={}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={}",
    "DHL": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    "OnTrac": "https://www.ontrac.com/tracking/?number={}",
    "Canada Post": "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}",
}
_ALSO = {
    "unitedparcelservice": "UPS",
    "uspostalservice": "USPS",
    "unitedstatespostalservice": "USPS",
    "federalexpress": "FedEx",
}


def carrier(name: str | None, number: str = "") -> str:
    """Our spelling of a carrier we know ('fedex ground' is FedEx), else the name as given; '' when nothing is known."""
    given = one_line(name or "")
    letters = re.sub(r"[^a-z]", "", given.lower())
    for known in sorted(CARRIERS, key=len, reverse=True):
        if letters.startswith(known.replace(" ", "").lower()):
            return known
    for spelling, known in _ALSO.items():
        if letters.startswith(spelling):
            return known
    # UPS alone has numbers that nobody else could have written.
    return "UPS" if not given and re.fullmatch(r"1Z[0-9A-Z]{16}", number.strip().upper()) else given


def package(shipment: Shipment) -> Package:
    number = one_line(shipment.tracking_number)
    name = carrier(shipment.carrier, number)
    follow = _FOLLOW.get(name) if number else None
    return Package(number, follow.format(quote(re.sub(r"\s", "", number), safe="")) if follow else None, name)


def shared(packages: Sequence[Package]) -> str:
    """The one carrier of all these packages; '' when they differ."""
    names = {package.carrier or "" for package in packages}
    return names.pop() if len(names) == 1 else ""
