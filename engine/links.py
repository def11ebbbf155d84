"""The addresses that customers open; each token is the key to its page, so they belong in no log."""

from urllib.parse import quote

from engine import settings


def base(shop_public_url: str | None) -> str:
    """The environment's INKBELL_PUBLIC_URL wins over the shop's own; '' when neither is set."""
    return (settings.environment().inkbell_public_url or shop_public_url or "").rstrip("/")


def portal(public_url: str, portal_token: str) -> str:
    return _page(public_url, "p", portal_token)


def art(public_url: str, review_token: str) -> str:
    return _page(public_url, "art", review_token)


def invoice(public_url: str, pay_token: str) -> str:
    return _page(public_url, "invoice", pay_token)


def pay(public_url: str, pay_token: str) -> str:
    return _page(public_url, "pay", pay_token)


def hook(public_url: str, path: str) -> str | None:
    """Where a provider reports to, such as "twilio/status"; None while the shop can't be reached by https."""
    return f"{public_url}/hooks/{path}" if public_url.startswith("https://") else None


def _page(public_url: str, kind: str, token: str) -> str:
    """'' without a public URL: a link that leads nowhere is worse than none."""
    return f"{public_url.rstrip('/')}/{kind}/{quote(token, safe='')}" if public_url and token else ""
