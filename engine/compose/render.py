"""A wording compiled once, then rendered for each message from nothing but its values."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from engine.catalog.rule import Rule
from engine.catalog.variables import variable
from engine.compose import colours, filters, layout, markdown, tree
from engine.compose.check import MAX_SUBJECT, Problem, check
from engine.compose.clean import one_line, shorten, tidy
from engine.compose.colours import Shades
from engine.compose.composed import Composed
from engine.compose.rich import Lines, Links, Table
from engine.compose.sms_text import MAX_SMS
from engine.compose.tags import Piece, Tag, read
from engine.compose.tokens import Tokens
from engine.compose.wording import Wording
from engine.errors import WordingRefused

MAX_TEXT = 100_000
MAX_HTML = 400_000
MAX_BRIEF = 60


class Compiled(Protocol):
    def render(self, values: Mapping[str, str]) -> Composed: ...


def compiled(rule: Rule, wording: Wording, colour: str | None = None) -> Compiled:
    """Checks before it compiles, whoever stored the wording; `colour` is the shop's own. Raises WordingRefused."""
    if rule.by != "email":
        return _compiled(rule, wording, "", colours.shades(None))
    return _compiled(rule, wording, layout.layout().hash, colours.shades(colour))


@lru_cache(maxsize=256)
def _compiled(rule: Rule, wording: Wording, layout_hash: str, shades: Shades) -> Compiled:
    problems = check(rule, wording)
    if any(problem.severity == "error" for problem in problems):
        raise WordingRefused(problems)
    if rule.by == "email":
        return _Letter(wording, shades)
    return _Note(wording, sms=rule.by == "sms")


# Money in some locales has a space that doesn't break, a wide yen or a curly apostrophe between its thousands, and one
# of those turns a whole text message into UCS-2.
_PLAIN = str.maketrans("\t\xa0\u202f\u2009￥", "    ¥")
_THOUSANDS = re.compile(r"(?<=\d)’(?=\d)")
_TRAILING = re.compile(r"[ \t]+$", re.M)
_GAP = re.compile(r"\n{3,}")


class _Note:
    """A text message, a notice in the app or a toast: plain text, line by line as it is written."""

    def __init__(self, wording: Wording, sms: bool) -> None:
        self._sms = sms
        tokens = Tokens()
        source = tokens.without_own_lines(tokens.swap(_pieces(wording.body)))
        self._subject = tree.template(tree.TEXT, _pieces(wording.subject))
        self._text = tree.template(tree.TEXT, tokens.restore(source))
        self._names = _names(tokens.tags, _pieces(wording.subject))

    def render(self, values: Mapping[str, str]) -> Composed:
        clean = _clean(values, self._names)
        if self._sms:
            # A title or a name of absurd length must not cost the customer the link behind it.
            brief = {name: _plain(_brief(name, value)) for name, value in clean.items()}
            clean = {name: _plain(value) for name, value in clean.items()}
        context = tree.context(tree.TEXT, clean)
        text = _settle(tree.run(self._text, context))
        if self._sms and len(text) > MAX_SMS:
            text = _settle(tree.run(self._text, tree.context(tree.TEXT, brief)))
        _within("text", text, MAX_SMS if self._sms else MAX_TEXT)
        if self._sms:
            _says_something(text)
            return Composed("", "", text, "")
        return Composed(shorten(one_line(tree.run(self._subject, context)), MAX_SUBJECT), "", text, "")


# What the layout shows above the words.
_ABOVE = "{% if shop_notice %}{{ shop_notice }}\n\n{% endif %}"


class _Letter:
    """An email: one autoescaped HTML template and one text template from the same Markdown."""

    def __init__(self, wording: Wording, shades: Shades) -> None:
        tokens = Tokens()
        page = markdown.write(_pieces(wording.body), tokens)
        subject, preheader = _pieces(wording.subject), _pieces(wording.preheader)
        slots = {"content": page.html, "subject": tokens.swap(subject, "r"), "preheader": tokens.swap(preheader, "r")}
        whole = ""
        for piece in layout.layout().pieces:
            if isinstance(piece, str):
                whole += piece
            elif piece.variable in slots:
                whole += slots[piece.variable]
            else:
                whole += tokens.stand_in(piece, layout.landing(whole))
        self._html = tree.template(tree.HTML, tokens.restore(layout.inline(whole, shades)))
        self._text = tree.template(tree.TEXT, [*_pieces(_ABOVE), *tokens.restore(page.text)])
        self._subject = tree.template(tree.TEXT, subject)
        self._preheader = tree.template(tree.TEXT, preheader)
        self._names = _names(tokens.tags, subject, preheader)

    def render(self, values: Mapping[str, str]) -> Composed:
        clean = _clean(values, self._names)
        context = tree.context(
            tree.TEXT, clean | {name: value.text for name, value in clean.items() if isinstance(value, Links)}
        )
        subject = shorten(one_line(tree.run(self._subject, context)), MAX_SUBJECT)
        preheader = one_line(tree.run(self._preheader, context))
        text = _settle(tree.run(self._text, context))
        shown = clean | {name: Lines(value) for name, value in clean.items() if "\n" in value and type(value) is str}
        shown["shop_logo_url"] = filters.secure_url(shown.get("shop_logo_url", ""))  # mail clients load it unasked
        html = tree.run(self._html, tree.context(tree.HTML, shown))
        _within("text", text, MAX_TEXT)
        _within("html", html, MAX_HTML)
        _says_something(text)
        return Composed(subject, preheader, text, html)


def _pieces(source: str) -> list[Piece]:
    pieces, faults = read(source)
    if faults:
        raise WordingRefused([Problem("error", "body", fault.line, fault.column, fault.message) for fault in faults])
    return pieces


def _names(tags: Iterable[Tag], *more: Iterable[Piece]) -> tuple[str, ...]:
    found = [*tags, *(piece for pieces in more for piece in pieces if isinstance(piece, Tag))]
    return tuple(dict.fromkeys(name for tag in found for name in tag.names))


def _clean(values: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Only what this wording mentions; a field of blanks is one that nobody filled in.

    And only our own classes may bring markup, whatever else claims to.
    """
    clean: dict[str, str] = {}
    for name in names:
        value = values.get(name) or ""
        if type(value) is str:
            clean[name] = tidy(value).strip()
        elif type(value) in (Table, Links):
            clean[name] = value
        else:
            clean[name] = tidy(str.__str__(value) if isinstance(value, str) else str(value)).strip()
    return clean


def _plain(value: str) -> str:
    return _THOUSANDS.sub("'", value.translate(_PLAIN))


def _brief(name: str, value: str) -> str:
    """A value as short as a text message may need it; addresses and the numbers of packages stay whole."""
    if isinstance(value, Links):
        return Links([replace(package, number=shorten(package.number, MAX_BRIEF)) for package in value.packages])
    return value if variable(name).is_link else shorten(value, MAX_BRIEF)


def _settle(text: str) -> str:
    """Branches that were not taken leave neither trailing spaces nor a gap of several empty lines."""
    if " \n" in text or "\t\n" in text:
        text = _TRAILING.sub("", text)
    if "\n\n\n" in text:
        text = _GAP.sub("\n\n", text)
    return text.strip("\n ")


def _within(part: str, text: str, limit: int) -> None:
    if len(text) > limit:
        message = f"comes to {len(text):,} characters of {part}; at most {limit:,} can be sent"
        raise WordingRefused([Problem("error", "body", 1, 1, message)])


def _says_something(text: str) -> None:
    """All of it may stand in conditions that don't apply; nobody should get a message without a word."""
    if not text:
        message = "comes out without a word when what it shows is empty; say something for that case too"
        raise WordingRefused([Problem("error", "body", 1, 1, message)])
