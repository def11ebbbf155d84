"""How often one client may ask, and who the client is."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from engine import settings
from engine.errors import BadSetting

Network = IPv4Network | IPv6Network

MOST_CLIENTS = 20_000


class Rate:
    """So many at once, then so many a minute, for each client; the memory of it is bounded."""

    def __init__(self, at_once: int, a_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._per_second, self._clock = float(at_once), a_minute / 60, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> int:
        """0 when it may go on, else the seconds until it may."""
        now = self._clock()
        left, seen = self._left.pop(client, (self._most, now))
        left = min(self._most, left + (now - seen) * self._per_second)
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0 if allowed else int((1 - left) / self._per_second) + 1


def client(peer: str | None, forwarded_for: Iterable[str]) -> str:
    """The nearest address that is no trusted proxy; an IPv6 client is its /64, which one household has."""
    address = _address(peer or "")
    hops = [hop.strip() for header in forwarded_for for hop in header.split(",")]
    while address is not None and hops and _is_trusted(address):
        nearer = _address(hops.pop())
        if nearer is None:
            break
        address = nearer
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return str(address)


def trusted_proxies() -> tuple[Network, ...]:
    """Raises BadSetting when INKBELL_TRUSTED_PROXIES is malformed."""
    return _networks(settings.environment().inkbell_trusted_proxies or "")


@lru_cache(maxsize=4)
def _networks(given: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in given.split(",") if part.strip())
    except ValueError:
        raise BadSetting(
            "INKBELL_TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8, comma-separated"
        ) from None


def _is_trusted(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in trusted_proxies())


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
