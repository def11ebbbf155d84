"""Markdown of a wording, as HTML and as text, its tags replaced by tokens that Markdown leaves alone."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from engine.compose.tags import Fault, Piece, Tag
from engine.compose.text_part import TextPart
from engine.compose.tokens import Tokens

STANDS_ALONE = ("overdue_invoices",)
"""Variables that are a table in HTML: they need a paragraph of their own."""

_ELSEWHERE = "an {% if %} here closes in another paragraph; close it in its own or let each tag stand alone"
_SCHEMES = ("http", "https", "mailto", "tel")


def parser() -> MarkdownIt:
    """Only what a letter needs. No HTML, no images (nothing may load by itself), no code, no tables."""
    markdown = MarkdownIt("zero", {"html": False, "linkify": False, "typographer": False, "maxNesting": 20})
    markdown.enable(["heading", "list", "blockquote", "hr", "emphasis", "link", "newline", "escape", "entity"])
    # Every target is looked at below, where a refusal can name its line; the parser would silently show raw Markdown.
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    # The first text makes it collect its rules, and the first link the signs of an address. Two senders at once would
    # do so on each other's half-made list, and a customer would read raw Markdown, or wait.
    markdown.parse("[words](https://example.com)")
    return markdown


_MARKDOWN = parser()


@dataclass(slots=True)
class Page:
    """The same content twice; `addresses` are the tags that begin a link's target."""

    html: str = ""
    text: str = ""
    faults: list[Fault] = field(default_factory=list)
    addresses: list[Tag] = field(default_factory=list)


def write(pieces: Sequence[Piece], tokens: Tokens) -> Page:
    source, origin = tokens.own_paragraphs(pieces)
    return _Writer(tokens, origin).page(_MARKDOWN.parse(source))


class _Writer:
    def __init__(self, tokens: Tokens, origin: list[int]) -> None:
        self.tokens = tokens
        self.origin = origin
        self.result = Page()
        self.line = 1
        self.open: list[str] = []

    def page(self, parsed: Sequence[Token]) -> Page:
        html: list[str] = []
        text = TextPart(self._each)
        entries: list[int] = []
        for token in parsed:
            if token.map:
                self.line = self.origin[min(token.map[0], len(self.origin) - 1)]
            match token.type:
                case "inline":
                    self._inline(token, html, text)
                case "paragraph_open" | "paragraph_close":
                    text.paragraph(token)
                case "hr":
                    html.append('<hr class="rule">')
                    text.rule()
                case "list_item_close":
                    self._close(token.tag)
                    at = entries.pop()
                    html[at:] = [self._each("".join(html[at:]), lambda words: f'<li class="li">{words}</li>')]
                    text.closed(token)
                case "list_item_open":
                    self.open.append(token.tag)
                    entries.append(len(html))
                    text.opened(token)
                case _ if token.nesting == 1:
                    self.open.append(token.tag)
                    html.append(f'<{token.tag} class="{token.tag}"{_start(token)}>')
                    text.opened(token)
                case _ if token.nesting == -1:
                    self._close(token.tag)
                    html.append(f"</{token.tag}>")
                    text.closed(token)
        if self.open:
            self._fault(_ELSEWHERE)
        self.result.html, self.result.text = "".join(html), text.finished()
        return self.result

    def _fault(self, message: str) -> None:
        if not self.result.faults:
            self.result.faults.append(Fault(self.line, 1, message))

    def _close(self, what: str) -> None:
        if self.open and self.open[-1] == what:
            self.open.pop()
        else:
            self._fault("an {% if %} and bold, a link, a list or a paragraph cross; close one before the other")

    def _inline(self, token: Token, html: list[str], text: TextPart) -> None:
        children = token.children or []
        content, plain = self._html(children), self._text(children)
        if not self.tokens.any.sub(lambda found: "" if found.group(1) == "b" else "x", plain).strip():
            # Block tags that stand alone: they open or close around whole paragraphs.
            self._track(content)
            html.append(content.strip())
            text.bare(plain.strip())
            return
        depth = len(self.open)
        self._track(content, depth)
        if len(self.open) != depth:
            self._fault(_ELSEWHERE)
        headed = bool(self.open) and self.open[-1] in ("h1", "h2", "h3", "h4", "h5", "h6")
        html.append(content if headed else self._each(content, self._block))
        text.words(plain)

    def _track(self, content: str, outside: int = 0) -> None:
        """Checks that {% if %} and markup nest; `content` is HTML of our own making.

        What was open before it are the first `outside`: nothing in a paragraph may belong to an {% if %} among them.
        """
        for found in re.finditer(r"<(/?)(a|strong|em)\b[^>]*>|" + self.tokens.any.pattern, content):
            if found.group(2):
                if found.group(1):
                    self._close(found.group(2))
                else:
                    self.open.append(found.group(2))
            elif found.group(3) == "b":
                kind = self.tokens.tags[int(found.group(4))].kind
                if kind == "if":
                    self.open.append("if")
                elif not (self.open and self.open[-1] == "if"):
                    self._close("if")
                elif len(self.open) <= outside:
                    self._fault(_ELSEWHERE)
                    return
                elif kind == "endif":
                    self.open.pop()

    def _each(self, content: str, wrap: Callable[[str], str]) -> str:
        """Wrapped unless it is empty; one whole {% if %} branch by branch, so that one not taken leaves nothing."""
        content = content.strip()
        parts = self._branches(content)
        if parts is None:
            return wrap(content) if content else ""
        return "".join(part if self.tokens.block.fullmatch(part) else self._each(part, wrap) for part in parts)

    def _branches(self, content: str) -> list[str] | None:
        """`[if, words, else, words, endif]` when one {% if %} spans the content."""
        parts: list[str] = []
        depth = at = 0
        for found in self.tokens.block.finditer(content):
            kind = self.tokens.tags[int(found.group()[-5:-1])].kind
            depth += (kind == "if") - (kind == "endif")
            if depth == 0 and kind == "endif":
                whole = parts and not content[found.end() :].strip()
                return [*parts, content[at : found.start()], found.group()] if whole else None
            if depth == 1 and kind != "endif":
                if parts:
                    parts.append(content[at : found.start()])
                elif content[: found.start()].strip():
                    return None
                parts.append(found.group())
                at = found.end()
        return None

    def _block(self, content: str) -> str:
        """A paragraph, a button or a table."""
        shown = [tag for tag in self.tokens.find(content) if tag.variable in STANDS_ALONE]
        if shown and self.tokens.any.fullmatch(content):
            return content
        if shown:
            self._fault(f"{{{{ {shown[0].variable} }}}} is a table; give it a paragraph of its own")
        link = re.fullmatch(r'<a class="link" href="([^"]*)">(.*)</a>', content, re.S)
        if link and content.count("<a ") == 1 and not any(name in self.open for name in ("li", "blockquote")):
            return (
                '<table role="presentation" class="button" cellpadding="0" cellspacing="0"><tr><td class="button-cell">'
                f'<a class="button-link" href="{link.group(1)}">{link.group(2)}</a></td></tr></table>'
            )
        may_be_table = any(name in STANDS_ALONE for tag in self.tokens.find(content) for name in tag.names)
        return f'<div class="p">{content}</div>' if may_be_table else f'<p class="p">{content}</p>'

    def _html(self, children: Sequence[Token]) -> str:
        out: list[str] = []
        began = 0
        for child in children:
            match child.type:
                case "softbreak":
                    out.append("\n")
                case "hardbreak":
                    out.append("<br>")
                case "link_open":
                    out.append(f'<a class="link" href="{escape(self._target(child))}">')
                    began = len(out)
                case "strong_open" | "strong_close" | "em_open" | "em_close":
                    out.append(f"<{'/' if child.nesting < 0 else ''}{child.tag}>")
                case "link_close":
                    if not self.tokens.block.sub("", re.sub("<[^>]*>", "", "".join(out[began:]))).strip():
                        self._fault("the link has no words; write what to press between [ and ]")
                    out.append("</a>")
                case _:
                    out.append(escape(child.content, quote=False))
        return "".join(out)

    def _target(self, link: Token) -> str:
        url = str(link.attrs.get("href", ""))
        found = list(self.tokens.any.finditer(url))
        if any(one.group(1) == "b" for one in found):
            self._fault("an {% if %} can't stand inside a link's address; write the whole link twice")
        elif found and found[0].start() == 0:
            self.result.addresses.append(self.tokens.tag(found[0]))
        elif not _leads_somewhere(url[: found[0].start()] if found else url, whole=not found):
            self._fault(
                f"the link's address {self.tokens.any.sub('…', url)[:60]!r} must be a variable, or begin with "
                "https:// and a full host, mailto: or tel:"
            )
        return self.tokens.as_address(url)

    def _as_read(self, url: str) -> str:
        """A link's target for people: a mailbox or a phone number without what only programs need."""
        if url.startswith(("mailto:", "tel:")):
            return unquote(url.partition(":")[2].partition("?")[0])
        return self.tokens.as_address(url)

    def _spelled(self, text: str) -> str:
        return self.tokens.any.sub(lambda found: self.tokens.tag(found).source, text)

    def _text(self, children: Sequence[Token]) -> str:
        """A link reads `Label: address`, or the address alone where the label only repeats it."""
        out: list[str] = []
        began = 0
        for child in children:
            match child.type:
                case "softbreak" | "hardbreak":
                    out.append("\n")
                case "link_open":
                    began = len(out)
                    out.append(self._as_read(str(child.attrs.get("href", ""))))
                case "link_close":
                    target, label = out[began], "".join(out[began + 1 :]).strip()
                    same = self._spelled(target) == self._spelled(label)
                    out[began:] = [target if same or not label else f"{label}: {target}"]
                case _:
                    out.append(child.content)
        return "".join(out)


def _leads_somewhere(url: str, whole: bool) -> bool:
    """`whole` is False when a variable follows; then the host has to end before it, or a value could extend it."""
    if re.search(r"[\x00-\x20\\]", url):
        return False
    try:
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES:
            return False
        return bool(parts.hostname and (whole or parts.path)) if parts.scheme in ("http", "https") else True
    except ValueError:
        return False


def _start(token: Token) -> str:
    return f' start="{int(token.attrs["start"])}"' if "start" in token.attrs else ""
