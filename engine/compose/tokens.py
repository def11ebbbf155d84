"""Stand-ins for tags while Markdown and the inliner work on a text."""

import re
import secrets
from collections.abc import Iterator, Sequence

from engine.compose.tags import Piece, Tag, Text


class Tokens:
    """Stand-ins for tags: a letter says where one landed, a number which it is.

    t in text, r raw (our own layout), b a block tag, u at the start of an address, p inside one. The nonce is random,
    so no wording can contain one.
    """

    def __init__(self) -> None:
        self.tags: list[Tag] = []
        self._nonce = "q" + secrets.token_hex(6)
        self.any = re.compile(self._nonce + r"([trbup])(\d{4})z")
        self.block = re.compile(self._nonce + r"b\d{4}z")
        self._alone = re.compile(rf"^[ \t]*((?:{self._nonce}b\d{{4}}z[ \t]*)+)$", re.M)

    def swap(self, pieces: Sequence[Piece], letter: str = "t") -> str:
        return "".join(piece if isinstance(piece, str) else self.stand_in(piece, letter) for piece in pieces)

    def stand_in(self, tag: Tag, letter: str = "t") -> str:
        self.tags.append(tag)
        return f"{self._nonce}{letter if tag.kind == 'show' else 'b'}{len(self.tags) - 1:04d}z"

    def tag(self, found: re.Match[str]) -> Tag:
        return self.tags[int(found.group(2))]

    def find(self, text: str) -> Iterator[Tag]:
        return (self.tag(found) for found in self.any.finditer(text))

    def as_address(self, url: str) -> str:
        """A tag that begins an address is the address; anywhere else it only fills a part of one."""
        return self.any.sub(lambda found: f"{self._nonce}{'u' if found.start() == 0 else 'p'}{found.group(2)}z", url)

    def without_own_lines(self, text: str) -> str:
        """In plain text a line that holds nothing but {% … %} leaves no line behind."""
        return re.sub(self._alone.pattern + r"\n?", lambda found: found.group(1).strip(), text, flags=re.M)

    def own_paragraphs(self, pieces: Sequence[Piece]) -> tuple[str, list[int]]:
        """The text, in which a line of nothing but {% … %} is a paragraph; also the source line of each line."""
        lines: list[str] = []
        origin: list[int] = []
        for at, line in zip(_lines(pieces), self.swap(pieces).split("\n"), strict=True):
            found = self._alone.match(line)
            # One paragraph for each: `{% else %}{% if x %}` on one line are two blocks.
            new = [part for one in self.block.findall(line) for part in ("", one, "")] if found else [line]
            lines += new
            origin += [at] * len(new)
        return "\n".join(lines), origin

    def restore(self, text: str) -> list[str | tuple[Tag, str]]:
        """The text in pieces again, each tag with the letter of its place."""
        out: list[str | tuple[Tag, str]] = []
        at = 0
        for found in self.any.finditer(text):
            out += [text[at : found.start()], (self.tag(found), found.group(1))]
            at = found.end()
        return [*out, text[at:]]


def _lines(pieces: Sequence[Piece]) -> Iterator[int]:
    """The source line of each line of the pieces one after the other; tags and comments may have had several."""
    yield next((piece.line for piece in pieces if isinstance(piece, (Text, Tag))), 1)
    for piece in pieces:
        if isinstance(piece, Text):
            yield from range(piece.line + 1, piece.line + piece.count("\n") + 1)
