"""The template language: Jinja's tags, held to an allow-list before anything is compiled.

Jinja's compiler works out constants (`{{ 'a' * 1000000000 }}` would hang it), so nothing reaches it that was not walked
here: text, variables, if / elif / else, comparisons, and / or / not, literals and six filters.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self, TypeVar

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.parser import Parser

from engine.compose import slips
from engine.compose.filters import SIGNATURES

MAX_TAGS = 500
MAX_TAG_LENGTH = 500
MAX_NESTING = 20
MAX_NUMBER = 1_000_000

_GRAMMAR = Environment(autoescape=False)
_GRAMMAR.globals.clear()

# Up to the closing mark, which may stand inside quotes; each alternative begins with another character, so this never
# looks at a character twice.
_REST = {
    "{{": re.compile(r"""((?:[^"'}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\}(?!\}))*)\}\}""", re.S),
    "{%": re.compile(r"""((?:[^"'%]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|%(?!\}))*)%\}""", re.S),
    "{#": re.compile(r"(.*?)#\}", re.S),
}
_OPEN = re.compile(r"\{[{%#]")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\n|\Z)")
_COMPARISONS = {"eq", "ne", "lt", "lteq", "gt", "gteq"}
_CALLED = {
    nodes.Call: "a call",
    nodes.Getattr: "an attribute",
    nodes.Getitem: "an index",
    nodes.CondExpr: "an if inside a value; write {% if … %} around it",
    nodes.Concat: "joining with ~",
    nodes.Test: "a test with `is`",
    nodes.List: "a list",
    nodes.Tuple: "several values in one tag",
    nodes.Dict: "a dictionary",
    nodes.BinExpr: "arithmetic",
    nodes.UnaryExpr: "arithmetic",
}


N = TypeVar("N", bound=nodes.Node)


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake; line and column count from 1 inside the text that was read."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Tag:
    """`kind` is 'show', 'if', 'elif', 'else' or 'endif'; the first three carry an expression that passed the list."""

    kind: str
    line: int
    column: int
    source: str = ""
    expression: nodes.Expr | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The variables it mentions, in order."""
        return tuple(found.name for found in self._find(nodes.Name))

    @property
    def comparisons(self) -> tuple[nodes.Compare, ...]:
        return tuple(self._find(nodes.Compare))

    @property
    def filters(self) -> tuple[str, ...]:
        return tuple(found.name for found in self._find(nodes.Filter))

    @property
    def texts(self) -> tuple[str, ...]:
        """What stands in quotes."""
        return tuple(found.value for found in self._find(nodes.Const) if isinstance(found.value, str))

    @property
    def variable(self) -> str | None:
        """The variable, if the tag shows one and nothing else."""
        return self.expression.name if self.kind == "show" and isinstance(self.expression, nodes.Name) else None

    def column_of(self, name: str) -> int:
        found = re.search(rf"\b{re.escape(name)}\b", self.source)
        at_start = found is None or "\n" in self.source[: found.start()]
        return self.column if found is None or at_start else self.column + found.start()

    def _find(self, kind: type[N]) -> Iterator[N]:
        if self.expression is None:
            return
        if isinstance(self.expression, kind):
            yield self.expression
        yield from self.expression.find_all(kind)


class Text(str):
    """What stands between two tags; `line` is the one on which it begins."""

    line: int

    def __new__(cls, source: str, start: int, end: int, line: int) -> Self:
        text = super().__new__(cls, source[start:end])
        text.line = line
        return text


Piece = str | Tag


class _Refused(Exception):
    pass


def read(source: str) -> tuple[list[Piece], list[Fault]]:
    """Splits a text into literal pieces and tags. With faults the pieces are not to be compiled.

    Whatever ends its lines, they end with a newline here.
    """
    source = re.sub("\r\n?", "\n", source) if "\r" in source else source
    pieces: list[Piece] = []
    faults: list[Fault] = []
    at, trim, seen = 0, False, 0
    starts = _line_starts(source)
    while found := _OPEN.search(source, at):
        opened = found.start()
        position = _position(starts, opened)
        rest = _REST[found.group()].match(source, opened + 2)
        if rest is None:
            faults.append(Fault(*position, f"this {found.group()} is never closed; is a quote or a brace missing?"))
            break
        inner, whole = rest.group(1), source[opened : rest.end()]
        seen += 1
        if seen > MAX_TAGS:
            faults.append(Fault(*position, f"more than {MAX_TAGS} tags"))
            break
        end, after = opened, rest.end()
        if found.group() == "{#":
            end, after = _whole_line(source, starts[position[0] - 1], opened, after)
        elif inner.startswith("-"):
            inner, end = inner[1:], len(source[:opened].rstrip())
        pieces.append(_text(source, starts, at, end, trim))
        trim = found.group() != "{#" and inner.endswith("-")
        inner = inner[:-1] if trim else inner
        if found.group() != "{#":
            try:
                pieces.append(_tag(found.group(), inner, whole, *position))
            except _Refused as refusal:
                faults.append(Fault(*position, str(refusal)))
        at = after
    pieces.append(_text(source, starts, at, len(source), trim))
    return [piece for piece in pieces if piece != ""], faults or _unbalanced(pieces)


def _text(source: str, starts: list[int], start: int, end: int, trim: bool) -> Text:
    while trim and start < end and source[start].isspace():
        start += 1
    return Text(source, start, max(start, end), _position(starts, start)[0])


def _whole_line(source: str, line_start: int, start: int, end: int) -> tuple[int, int]:
    """Where a comment begins and ends; one on a line of its own takes the line along and leaves no gap."""
    rest = _REST_OF_LINE.match(source, end)
    return (line_start, rest.end()) if rest and not source[line_start:start].strip() else (start, end)


def _line_starts(source: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", source))]


def _position(starts: list[int], at: int) -> tuple[int, int]:
    line = bisect_right(starts, at)
    return line, at - starts[line - 1] + 1


def _tag(mark: str, inner: str, whole: str, line: int, column: int) -> Tag:
    if len(whole) > MAX_TAG_LENGTH:
        raise _Refused(f"a tag may be {MAX_TAG_LENGTH} characters long; this one has {len(whole)}")
    if mark == "{{":
        return Tag("show", line, column, whole, _expression(inner, "}}"))
    word, rest = [*re.split(r"[ \t\r\n]+", inner.strip(), maxsplit=1), ""][:2]
    match word, bool(rest):
        case (("if" | "elif"), True):
            return Tag(word, line, column, whole, _expression(rest, "%}"))
        case (("if" | "elif"), False):
            raise _Refused(f"{{% {word} %}} needs a condition")
        case (("else" | "endif"), False):
            return Tag(word, line, column, whole)
        case ("else", True) if rest.startswith("if"):
            raise _Refused("another condition is written {% elif … %}")
        case (("else" | "endif"), True):
            raise _Refused(f"{{% {word} %}} takes nothing more; remove {rest.strip()!r}")
    if any(mark.isspace() for mark in word):
        raise _Refused(slips.INVISIBLE)
    instead = slips.of_tag(word, rest.strip()) or "a wording may use if, elif, else and endif"
    raise _Refused(f"{{% {word[:40]} %}} is not allowed; {instead}")


def _expression(source: str, closing: str) -> nodes.Expr:
    """Every failure of the parser is a refusal: on hostile input it raises ValueError and RecursionError too."""
    if not source.strip():
        raise _Refused("this tag is empty; name a variable")
    try:
        parser = Parser(_GRAMMAR, source, state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            found = str(parser.stream.current.value)
            unread = f"unexpected {found[:40]!r}" + ("; compare with ==" if found == "=" else "")
            raise _Refused(slips.of_expression(source, closing) or unread)
    except TemplateSyntaxError as error:
        complaint = error.message or "not understood"
        instead = slips.of_character(source, complaint) or slips.of_expression(source, closing)
        raise _Refused(instead or f"syntax error: {complaint}") from None
    except (RecursionError, MemoryError):
        raise _Refused("nested too deeply") from None
    except (ValueError, ArithmeticError, LookupError, AssertionError, TypeError):
        raise _Refused("not understood") from None
    _walk(expression, 1)
    return expression


def _walk(node: nodes.Node, depth: int) -> None:
    if depth > MAX_NESTING:
        raise _Refused(f"nested more than {MAX_NESTING} deep")
    match node:
        case nodes.Name(ctx="load"):
            return
        case nodes.Const():
            _literal(node.value)
        case nodes.And() | nodes.Or() | nodes.Not():
            _walk_all(node, depth)
        case nodes.Compare():
            if any(operand.op not in _COMPARISONS for operand in node.ops):
                raise _Refused("`in` is not allowed; compare with == or !=")
            _walk(node.expr, depth + 1)
            for operand in node.ops:
                _walk(operand.expr, depth + 1)
        case nodes.Filter():
            _filter(node, depth)
        case _:
            what = next((name for kind, name in _CALLED.items() if isinstance(node, kind)), type(node).__name__.lower())
            raise _Refused(f"{what} is not allowed here" if ";" not in what else f"not allowed here: {what}")


def _walk_all(node: nodes.Node, depth: int) -> None:
    for child in node.iter_child_nodes():
        _walk(child, depth + 1)


def _literal(value: object) -> None:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        if abs(value) > MAX_NUMBER:
            raise _Refused(f"numbers go up to {MAX_NUMBER:,}")
    elif not isinstance(value, str):
        raise _Refused(f"{value!r} is not allowed; write text in quotes or a whole number")


def _filter(node: nodes.Filter, depth: int) -> None:
    if node.name not in SIGNATURES:
        raise _Refused(f"there is no filter {node.name[:40]!r}; there are {', '.join(SIGNATURES)}")
    if node.node is None or node.dyn_args or node.dyn_kwargs:
        raise _Refused("not understood")
    _walk(node.node, depth + 1)
    keywords: dict[str, nodes.Expr] = {str(keyword.key): keyword.value for keyword in node.kwargs}
    arguments = [*node.args, *keywords.values()]
    for argument in arguments:
        # Only `default` may fall back on another variable: {{ amount_due | default(invoice_total) }}.
        if not isinstance(argument, nodes.Const) and not (node.name == "default" and isinstance(argument, nodes.Name)):
            raise _Refused(f"filter {node.name!r} takes literal values")
        _walk(argument, depth + 1)
    try:
        bound = SIGNATURES[node.name].bind("", *node.args, **keywords)
    except TypeError as error:
        raise _Refused(f"filter {node.name!r}: {error}") from None
    for name, wanted in (("length", int), ("killwords", bool), ("end", str)):
        given = bound.arguments.get(name)
        if isinstance(given, nodes.Const) and type(given.value) is not wanted:
            raise _Refused(f"filter 'truncate' needs {wanted.__name__} for {name}, not {given.value!r}")


def _unbalanced(pieces: list[Piece]) -> list[Fault]:
    opened: list[Tag] = []
    has_else: list[bool] = []
    for tag in (piece for piece in pieces if isinstance(piece, Tag)):
        if tag.kind == "if":
            opened.append(tag)
            has_else.append(False)
            if len(opened) > MAX_NESTING:
                return [Fault(tag.line, tag.column, f"{{% if %}} is nested more than {MAX_NESTING} deep")]
        elif tag.kind in ("elif", "else", "endif"):
            if not opened:
                return [Fault(tag.line, tag.column, f"{{% {tag.kind} %}} without an {{% if %}} before it")]
            if tag.kind == "endif":
                opened.pop()
                has_else.pop()
            elif has_else[-1]:
                return [Fault(tag.line, tag.column, f"{{% {tag.kind} %}} after {{% else %}}")]
            else:
                has_else[-1] = tag.kind == "else"
    return [Fault(tag.line, tag.column, "this {% if %} is never closed; add {% endif %}") for tag in opened[-1:]]
