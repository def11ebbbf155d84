"""The six filters a wording may use, and the ones we put around values ourselves."""

import inspect
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from jinja2 import Undefined

from engine.compose.clean import one_line, shorten
from engine.compose.rich import web_url


def default(value: Any, instead: Any = "", boolean: bool = True) -> Any:
    """Replaces what is empty too: absent values arrive as ''."""
    return instead if isinstance(value, Undefined) or not value else value


def upper(value: Any) -> str:
    return str(value).upper()


def lower(value: Any) -> str:
    return str(value).lower()


def title(value: Any) -> str:
    """Words begin with a capital; unlike str.title, "o'brien" keeps one."""
    return " ".join(word[:1].upper() + word[1:].lower() for word in str(value).split(" "))


def trim(value: Any) -> str:
    return str(value).strip()


def truncate(value: Any, length: int = 255, killwords: bool = False, end: str = "…") -> str:
    text = str(value)
    if len(text) <= length:
        return text
    kept = text[: max(length - len(end), 0)]
    if not killwords and " " in kept.strip():
        kept = kept.rsplit(" ", 1)[0]
    return kept.rstrip() + end


ALLOWED: dict[str, Callable[..., Any]] = {
    "default": default,
    "upper": upper,
    "lower": lower,
    "title": title,
    "trim": trim,
    "truncate": truncate,
}
SIGNATURES = {name: inspect.signature(function) for name, function in ALLOWED.items()}


def number(value: Any) -> int:
    """For comparisons with a number: '1,200' is 1200, and nothing is 0."""
    digits = "".join(mark for mark in str(value) if mark in "0123456789")
    return int(digits[:18] or 0)


def flat(value: Any) -> str:
    """For an attribute or a title: one line, and never markup."""
    return one_line(str.__str__(value) if isinstance(value, str) else str(value))


def href(value: Any) -> str:
    """An address for an attribute; one that is empty or unsafe leads nowhere."""
    return web_url(str(value)) or "#"


def address(value: Any) -> str:
    return web_url(str(value))


def url_part(value: Any) -> str:
    """A value inside an address; it can't add a parameter, a path or a host of its own."""
    return quote(shorten(str(value), 500), safe="@+")


def secure_url(value: Any) -> str:
    """What a mail client loads by itself, such as the logo, has to be https."""
    url = web_url(str(value))
    return url if url.startswith("https://") else ""
