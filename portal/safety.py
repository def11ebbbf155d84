"""What keeps customers' pages safe: the shape of tokens, the keys of forms, and what every answer says of itself."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

from engine import links, settings
from engine.compose.rich import web_url

TOKEN = re.compile(r"[0-9A-Za-z_-]{16,128}", re.ASCII)
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    # A token in the address must not travel to whatever the page links to.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def could_be_token(text: str) -> bool:
    return TOKEN.fullmatch(text) is not None


def form_key(token: str, action: str, version: object, now: datetime) -> str:
    """Proves that a form came from our own page about this version, within this hour."""
    return _key(_secrets()[0], token, action, str(version), _hour(now))


def fits(key: str, token: str, action: str, version: object, now: datetime) -> bool:
    """Of this hour or the one before, by any of the secret keys in use."""
    hour = _hour(now)
    return any(
        hmac.compare_digest(_key(secret, token, action, str(version), then).encode(), key.encode())
        for secret in _secrets()
        for then in (hour, hour - 1)
    )


def policy(pictures: Iterable[str | None] = (), *, leads_to_payment: bool = False) -> str:
    """A Content-Security-Policy that lets in our own style sheet, and pictures from where these ones are."""
    origins = sorted({origin for picture in pictures if (origin := _origin(picture))})
    # Browsers apply form-action to the redirect that answers a form too, and Stripe may use the shop's own domain.
    forms = "'self' https:" if leads_to_payment else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            " ".join(("img-src 'self'", *origins)),
            f"form-action {forms}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def web_address(url: str | None) -> str:
    """'' unless it is http or https: nothing else becomes a link or a picture."""
    return web_url(url or "") if _origin(url) else ""


def phone_address(number: str | None) -> str:
    """'' where nobody could dial it."""
    dialled = re.sub(r"[\s().-]", "", number or "")
    return f"tel:{dialled}" if re.fullmatch(r"\+?[0-9]{3,15}", dialled) else ""


def mail_address(address: str | None) -> str:
    """Its address alone: what follows a question mark would be a second recipient, or a subject."""
    return f"mailto:{quote(address, safe='@+')}" if address and address.isprintable() else ""


def public_base(shop_url: str | None, host: str) -> str:
    """What links begin with: as configured, or this machine itself; '' where only a stranger's Host header says so."""
    configured = links.base(shop_url)
    if configured:
        return configured
    try:
        local = urlsplit(f"//{host}").hostname in LOCAL
    except ValueError:
        local = False
    return f"http://{host}" if local else ""


def _origin(url: str | None) -> str:
    try:
        parts = urlsplit(url or "")
        port = f":{parts.port}" if parts.port else ""
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.-]+", host):
        return ""
    return f"{parts.scheme}://{host}{port}"


def _secrets() -> list[bytes]:
    keys = settings.secret_keys(settings.environment())
    return [hmac.digest(key, b"inkbell portal forms", sha256) for key in keys]


def _key(secret: bytes, token: str, action: str, version: str, hour: int) -> str:
    return hmac.new(secret, json.dumps([token, action, version, hour]).encode(), sha256).hexdigest()


def _hour(now: datetime) -> int:
    return int(now.timestamp()) // 3600
