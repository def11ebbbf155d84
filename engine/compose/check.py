"""Looks over a wording before it is saved, and again before it is compiled: every mistake with its line and column."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jinja2 import nodes

from engine.catalog.rule import Rule
from engine.catalog.rules import may_be_empty
from engine.catalog.variables import VARIABLES, Variable, variable
from engine.compose import markdown
from engine.compose.branches import filled
from engine.compose.rich import web_url
from engine.compose.tags import Fault, Piece, Tag, read
from engine.compose.tokens import Tokens

if TYPE_CHECKING:
    from engine.compose.wording import Wording

Part = Literal["subject", "preheader", "body"]
LIMITS: dict[Part, int] = {"subject": 2_000, "preheader": 2_000, "body": 20_000}
MAX_SUBJECT = 200
"""Characters beside the tags; a subject in several {% if %} branches may be longer as it is written."""

MAX_MARKS = 2_000
"""Characters of markup: Markdown's time grows with the square of their number."""

_KNOWN = {known.name for known in VARIABLES}

_unsendable = re.compile("[\0\ud800-\udfff\ufffe\uffff]")
_single_braces = re.compile(r"(?<!\{)\{[ \t]*([a-z_]+)[ \t]*\}")

# What a condition on one variable also promises: nothing can be paid online without something being due, and only a
# customer with several overdue invoices gets the table.
_IMPLIES = {
    "payment_url": ("amount_due", "invoice_url"),
    "amount_due": ("invoice_url", "invoice_number", "invoice_total"),
    "amount_paid": ("invoice_url", "invoice_number", "invoice_total"),
    "invoice_url": ("invoice_number", "invoice_total"),
    "overdue_count": ("overdue_invoices", "total_overdue"),
    "job_number": ("job_title", "job_status"),
    "tracking_url": ("tracking_links", "tracking_numbers"),
}

# A link for each number says the number too.
_SAYS_ALSO = {"tracking_links": ("tracking_numbers",), "tracking_url": ("tracking_links",)}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error refuses the wording, a warning does not. Line and column count from 1 within the part."""

    severity: Literal["error", "warning"]
    part: Part
    line: int
    column: int
    message: str


def check(rule: Rule, wording: Wording) -> tuple[Problem, ...]:
    """Errors first, then warnings, each in reading order.

    Quick on hostile input: length is looked at before anything else.
    """
    texts: dict[Part, str] = {"subject": wording.subject, "preheader": wording.preheader, "body": wording.body}
    too_long = [
        Problem("error", part, 1, 1, f"{part} is {len(text):,} characters long; at most {LIMITS[part]:,}")
        for part, text in texts.items()
        if len(text) > LIMITS[part]
    ]
    if too_long:
        return tuple(too_long)
    readings = {part: read(text) for part, text in texts.items()}
    problems = list(_missing_parts(rule, texts, _written(readings)))
    for part, (pieces, faults) in readings.items():
        problems += (_error(part, fault) for fault in faults)
        problems += _in_part(rule, part, pieces)
        problems += _half_a_tag(rule, part, texts[part])
    length = sum(len(piece) for piece in readings["subject"][0] if isinstance(piece, str))
    if length > MAX_SUBJECT:
        problems.append(Problem("error", "subject", 1, 1, f"subject has {length} characters; at most {MAX_SUBJECT}"))
    if not any(faults for _, faults in readings.values()):
        problems += _layout(rule, readings["body"][0])
        problems += _required(rule, _shown_names(readings["subject"][0]), _shown_names(readings["body"][0]))
    return tuple(sorted(dict.fromkeys(problems), key=_reading_order))


def _reading_order(problem: Problem) -> tuple[bool, int, int, int]:
    return problem.severity == "warning", list(LIMITS).index(problem.part), problem.line, problem.column


def _error(part: Part, fault: Fault) -> Problem:
    return Problem("error", part, fault.line, fault.column, fault.message)


def _tags(pieces: Iterable[Piece]) -> Iterator[Tag]:
    return (piece for piece in pieces if isinstance(piece, Tag))


def _written(readings: Mapping[Part, tuple[Sequence[Piece], Sequence[Fault]]]) -> set[Part]:
    """The parts that say anything: not only blanks, comments and conditions. A mistake may hide what they say."""

    def says(piece: Piece) -> bool:
        return bool(piece.strip()) if isinstance(piece, str) else piece.kind == "show"

    return {part for part, (pieces, faults) in readings.items() if faults or any(map(says, pieces))}


def _missing_parts(rule: Rule, texts: dict[Part, str], written: set[Part]) -> Iterator[Problem]:
    if "body" not in written:
        yield Problem("error", "body", 1, 1, "the body is empty; write what the recipient should read")
    if rule.by == "sms":
        if texts["subject"] or texts["preheader"]:
            yield Problem("error", "subject", 1, 1, "a text message has no subject; say it in the body")
    elif "subject" not in written:
        yield Problem("error", "subject", 1, 1, "the subject is empty; begin with a line `Subject: …`")
    for part in ("subject", "preheader"):
        if "\n" in texts[part] or "\r" in texts[part]:
            yield Problem("error", part, 1, 1, f"the {part} must be one line")
    if any(map(_unsendable.search, texts.values())):
        yield Problem("error", "body", 1, 1, "there is a character that can't be sent; type the text again")


def _half_a_tag(rule: Rule, part: Part, text: str) -> Iterator[Problem]:
    """Other programs take `{name}`; here it would reach the customer."""
    for found in _single_braces.finditer(text):
        if found.group(1) in rule.variables:
            line, column = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
            message = f"this goes out as it stands; write {{{{ {found.group(1)} }}}}"
            yield Problem("warning", part, line, column, message)


def _in_part(rule: Rule, part: Part, pieces: Sequence[Piece]) -> Iterator[Problem]:
    guards: list[set[str]] = []
    otherwise: list[set[str]] = []
    for tag in _tags(pieces):
        yield from _unknown(rule, part, tag)
        yield from _comparisons(part, tag)
        match tag.kind, tag.expression:
            case "if", nodes.Expr() as condition:
                guards.append(filled(condition, True))
                otherwise.append(filled(condition, False))
            case "elif", nodes.Expr() as condition if guards:
                guards[-1] = otherwise[-1] | filled(condition, True)
                otherwise[-1] |= filled(condition, False)
            case "else", _ if guards:
                guards[-1] = otherwise[-1]
            case "endif", _ if guards:
                guards.pop()
                otherwise.pop()
            case "show", _:
                yield from _shown(rule, part, tag, set().union(*guards))


def _unknown(rule: Rule, part: Part, tag: Tag) -> Iterator[Problem]:
    for name in dict.fromkeys(tag.names):
        if name in rule.variables:
            continue
        if name in _KNOWN:
            message = f"{name!r} is not available in {rule.title!r}"
        else:
            near = difflib.get_close_matches(name[:60], rule.variables, n=1) or difflib.get_close_matches(
                name[:60], _KNOWN, n=1
            )
            message = f"unknown variable {name[:60]!r}" + (f"; did you mean {near[0]!r}?" if near else "")
        yield Problem("error", part, tag.line, tag.column_of(name), message)


def _comparisons(part: Part, tag: Tag) -> Iterator[Problem]:
    for compare in tag.comparisons:
        sides = [compare.expr, *(operand.expr for operand in compare.ops)]
        known = [variable(name) for side in sides if (name := _name(side)) in _KNOWN]
        literals = [side.value for side in sides if isinstance(side, nodes.Const)]
        ordered = any(operand.op not in ("eq", "ne") for operand in compare.ops)
        for compared in known:
            message = _mismatch(compared, literals, ordered)
            if message:
                yield Problem("error", part, tag.line, tag.column_of(compared.name), message)
        if ordered and not any(type(value) is int for value in literals):
            yield Problem("error", part, tag.line, tag.column, "<, <=, > and >= compare with a whole number only")


def _name(node: nodes.Node) -> str:
    """The variable whose value is compared as it is; a filter such as `upper` may change it."""
    while isinstance(node, nodes.Filter) and node.name in ("default", "trim") and node.node is not None:
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""


def _mismatch(compared: Variable, literals: Sequence[object], ordered: bool) -> str | None:
    for value in literals:
        if isinstance(value, bool) or value is None:
            return f"{compared.name!r} is text and never {value!r}; write {{% if {compared.name} %}}"
        if isinstance(value, int) and not compared.example.isdigit():
            instead = "<, <=, > and >= compare whole numbers only" if ordered else "compare it with text in quotes"
            return f"{compared.name!r} is not a number; {instead}"
        if isinstance(value, str) and compared.values and not ordered and value not in (*compared.values, ""):
            near = difflib.get_close_matches(value[:60], compared.values, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it is one of {', '.join(compared.values)}"
            return f"{compared.name!r} is never {value[:60]!r}; {hint}"
    return None


def _shown(rule: Rule, part: Part, tag: Tag, guards: set[str]) -> Iterator[Problem]:
    if part != "body" and any(name in markdown.STANDS_ALONE for name in tag.names):
        message = f"{tag.names[0]!r} is a table and can't stand in the {part}"
        yield Problem("error", part, tag.line, tag.column, message)
    if "default" in tag.filters:
        return
    promised = guards.union(*(_IMPLIES.get(name, ()) for name in guards))
    for name in tag.names:
        if name in _KNOWN and name in rule.variables and name not in promised and _may_be_empty(rule, name):
            instead = "" if variable(name).is_link else f'write {{{{ {name} | default("…") }}}} or '
            message = f"{name!r} may be empty; {instead}put {{% if {name} %}} around it"
            yield Problem("warning", part, tag.line, tag.column_of(name), message)


def _may_be_empty(rule: Rule, name: str) -> bool:
    """What a rule requires it also has; and an invoice's own message always has the invoice's link."""
    return name not in rule.requires and may_be_empty(rule, name) and not (name == "invoice_url" and rule.is_money)


def _layout(rule: Rule, pieces: Sequence[Piece]) -> Iterator[Problem]:
    if rule.by != "email":
        return
    marks = sum(piece.count(mark) for piece in pieces if isinstance(piece, str) for mark in "*_[")
    if marks > MAX_MARKS:
        yield Problem("error", "body", 1, 1, f"{marks:,} marks such as * and [ are too many; at most {MAX_MARKS:,}")
        return
    page = markdown.write(pieces, Tokens())
    yield from (_error("body", fault) for fault in page.faults)
    for tag in page.addresses:
        name = next((name for name in tag.names if name in _KNOWN and not variable(name).is_link), None)
        if name:
            yield Problem("error", "body", tag.line, tag.column_of(name), f"{name!r} is not a link; a link needs one")
        else:
            yield from _address(tag)


def _address(tag: Tag) -> Iterator[Problem]:
    """What a tag at the beginning of a link's address makes of the variable in it."""
    name = next(iter(tag.names), "")
    for used in tag.filters:
        if used not in ("default", "trim"):
            message = f"{used!r} would spoil the link; write {{{{ {name} }}}}"
            yield Problem("error", "body", tag.line, tag.column, message)
    if name and any(not web_url(text) for text in tag.texts):
        message = f"the link leads nowhere while {name!r} is empty; give a whole address, such as https://example.com"
        yield Problem("warning", "body", tag.line, tag.column_of(name), message)


def _shown_names(pieces: Iterable[Piece]) -> set[str]:
    shown = {name for tag in _tags(pieces) if tag.kind == "show" for name in tag.names}
    return shown | {also for name in shown for also in _SAYS_ALSO.get(name, ())}


def _required(rule: Rule, in_subject: set[str], in_body: set[str]) -> Iterator[Problem]:
    """Nobody can follow a link in a subject, and the preheader is gone once the message is open."""
    for name in rule.requires:
        if name not in in_body and (variable(name).is_link or name not in in_subject):
            yield Problem("error", "body", 1, 1, f"{{{{ {name} }}}} is missing; without it this message has no point")
