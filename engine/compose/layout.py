"""The one email layout: read once, and its style inlined together with each wording's HTML."""

import hashlib
import re
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import css_inline

from engine.compose.colours import Shades
from engine.compose.tags import Piece, Tag, read

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

# Media queries stay in the head, where a client that knows them reads them; everything else goes on the elements.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False, minify_css=True)

_styled_tag = re.compile(r'(<[a-z][a-z0-9]*(?: [a-z-]+="[^"]*")*) style=(?=")')


@dataclass(frozen=True, slots=True)
class Layout:
    """`{{ subject }}`, `{{ preheader }}` and `{{ content }}` are the places where a wording goes."""

    pieces: tuple[Piece, ...]
    hash: str


@lru_cache(maxsize=1)
def layout() -> Layout:
    source = (TEMPLATES / "email_layout.html").read_text(encoding="utf-8")
    pieces, faults = read(_close_up(source))
    if faults:
        raise ValueError(f"templates/email_layout.html: {faults[0].message}")
    return Layout(tuple(pieces), hashlib.sha256(source.encode()).hexdigest())


def names() -> tuple[str, ...]:
    """The variables that the layout shows by itself."""
    slots = ("subject", "preheader", "content")
    found = (name for piece in layout().pieces if isinstance(piece, Tag) for name in piece.names)
    return tuple(dict.fromkeys(name for name in found if name not in slots))


def landing(before: str) -> str:
    """The token letter for a variable of the layout, from the HTML in front of it."""
    if re.search(r'href="$', before):
        return "u"
    if re.search(r'href="[^"]*$', before):
        return "p"
    return "r" if re.search(r'="[^">]*$', before) else "t"


def inline(html: str, shades: Shades) -> str:
    """Media queries move behind the character set, which has to stand in the first kilobyte, and lose their spaces.

    Lines end inside tags, where that changes nothing, so that mail can carry them as they are (RFC 5322, 2.1.1).
    """
    inlined = _styled_tag.sub(r"\1\nstyle=", _INLINER.inline(_coloured(html, shades)))
    style = re.search(r"<style>(.*?)</style>", inlined, re.S)
    if style is None:
        return inlined
    rules = re.sub(r"\s*([{};:,])\s*", r"\1", style.group(1)).strip().replace("}", "}\n")
    rest = inlined[: style.start()] + inlined[style.end() :]
    return rest.replace("</head>", f"<style>{rules}</style></head>", 1)


def _coloured(html: str, shades: Shades) -> str:
    """The names in the layout's style stand for the shop's own colours; no wording and no data is in it yet."""
    head, end, rest = html.partition("</style>")
    for field in fields(shades):
        name = field.name.replace("_", "-")
        head = re.sub(rf"(?<![\w-]){name}-colour\b", getattr(shades, field.name), head)
    return head + end + rest


def _close_up(source: str) -> str:
    """Indentation is for us; every byte of it would be sent with every message."""
    return re.sub(r"\s*\n\s*", "\n", re.sub(r">\s*\n\s*<", "><", source))
