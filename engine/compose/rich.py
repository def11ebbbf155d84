"""Values that are more than a string: a table of invoices, links to packages.

Each is a plain string wherever text is wanted, and markup of our own, with every cell escaped, in HTML.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from engine.compose.clean import one_line

_LINK = Markup('<a href="{}" class="link"\nstyle="color:#1f4fa3;text-decoration:underline">{}</a>')
_TABLE = (
    '<table role="presentation" class="figures" cellpadding="0" cellspacing="0" width="100%"\n'
    'style="width:100%;border-collapse:collapse;margin:0 0 20px;font-size:15px;line-height:20px">{}</table>'
)
_CELL = (
    '<{tag} class="{css}" align="{align}"\nstyle="padding:9px {right}px 9px 0;border-bottom:1px solid #ddd6c8;'
    'text-align:{align};vertical-align:top;{extra}">{text}</{tag}>'
)
_ENDS_A_LINK = re.compile(r"[\s<>\"'`\\]")
# What urlsplit would find to be one too, but in a fifth of its time.
_PLAIN_HOST = re.compile(r"https?://[A-Za-z0-9.-]+(?:[/?#]|\Z)")
_HEAD = "color:#6b6558;font-size:13px;font-weight:normal;"
_FIGURE = "white-space:nowrap;font-variant-numeric:tabular-nums;"


class Table(str):
    """Rows of cells below their heads; the last column holds figures and aligns right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __new__(cls, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Self:
        clean_head = tuple(one_line(cell) for cell in head)
        clean_rows = tuple(tuple(one_line(cell) for cell in row) for row in rows)
        table = super().__new__(cls, _aligned(clean_head, clean_rows) if clean_rows else "")
        table.head, table.rows = clean_head, clean_rows
        return table

    def __html__(self) -> str:
        if not self.rows:
            return ""
        lines = [
            _row(self.head, "th", "figures-head", _HEAD),
            *(_row(row, "td", "figures-cell", "") for row in self.rows),
        ]
        return _TABLE.format("".join(lines))


def _row(cells: Sequence[str], tag: str, css: str, style: str) -> str:
    last = len(cells) - 1
    inner = "".join(
        _CELL.format(
            tag=tag,
            css=css,
            align="right" if at == last else "left",
            right=0 if at == last else 12,
            extra=style + (_FIGURE if at == last else ""),
            text=escape(cell),
        )
        for at, cell in enumerate(cells)
    )
    return f"<tr>{inner}</tr>"


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at == len(head) - 1 else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


class Lines(str):
    """Text of several lines, which keeps its line breaks in HTML."""

    __slots__ = ()

    def __html__(self) -> str:
        return Markup("<br>").join(escape(line) for line in self.split("\n"))


@dataclass(frozen=True, slots=True)
class Package:
    """`url` is None where the carrier is not known."""

    number: str
    url: str | None = None
    carrier: str | None = None


class Links(str):
    """As a string only the addresses, short enough for an SMS; as text a line per package."""

    packages: tuple[Package, ...]

    def __new__(cls, packages: Sequence[Package]) -> Self:
        clean = tuple(
            Package(one_line(package.number), web_url(package.url or "") or None, one_line(package.carrier or ""))
            for package in packages
        )
        links = super().__new__(cls, " ".join(package.url or package.number for package in clean))
        links.packages = clean
        return links

    @property
    def text(self) -> str:
        return "\n".join(
            f"{_named(package)}: {package.url}" if package.url else _named(package) for package in self.packages
        )

    def __html__(self) -> str:
        return Markup("<br>").join(
            _LINK.format(package.url, _named(package)) if package.url else escape(_named(package))
            for package in self.packages
        )


def _named(package: Package) -> str:
    return f"{package.carrier} {package.number}" if package.carrier else package.number


def web_url(text: str) -> str:
    """The address if it is an absolute http or https one without anything that could end it early, else ''."""
    if len(text) > 2_000 or not text.isprintable() or _ENDS_A_LINK.search(text):
        return ""
    if _PLAIN_HOST.match(text):
        return text
    try:
        parts = urlsplit(text)
        return text if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""
