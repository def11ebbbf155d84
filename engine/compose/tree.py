"""Templates built as Jinja's own syntax tree and never as source.

So text that Markdown or the inliner wrote can't turn into a tag (an entity such as &#123; comes back as a brace), and
what was walked is what is compiled.
"""

import copy
from collections.abc import Iterable, Iterator

from jinja2 import StrictUndefined, Template, nodes
from jinja2.runtime import Context, new_context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.compose import filters
from engine.compose.tags import Piece, Tag

Landed = Piece | tuple[Tag, str]
"""A tag may come with the letter of the place where it landed (see `Tokens`)."""


def environment(html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=html)
    environment.globals.clear()
    environment.filters.clear()
    environment.tests.clear()
    environment.filters.update(filters.ALLOWED)
    environment.filters.update(
        number=filters.number,
        flat=filters.flat,
        link=filters.href if html else filters.address,
        url_part=filters.url_part,
    )
    return environment


HTML = environment(html=True)
TEXT = environment(html=False)
_WRAPPED = {"u": "link", "p": "url_part", "r": "flat"}


def context(environment: ImmutableSandboxedEnvironment, values: dict[str, str]) -> Context:
    """One for all of a message's templates; the making costs as much as a short template."""
    return new_context(environment, None, {}, values, shared=True)


def run(template: Template, context: Context) -> str:
    return "".join(template.root_render_func(context))


def template(environment: ImmutableSandboxedEnvironment, pieces: Iterable[Landed]) -> Template:
    rest = iter([piece if isinstance(piece, tuple) else (piece, "t") for piece in pieces])
    body, _ = _body(rest)
    tree = nodes.Template(body)
    tree.set_environment(environment)
    tree.set_lineno(1, override=True)
    code = environment.compile(tree)
    return environment.template_class.from_code(environment, code, {})


def _body(rest: Iterator[tuple[Piece, str]]) -> tuple[list[nodes.Node], Tag | None]:
    """Nodes up to the tag that ends this branch, and that tag."""
    out: list[nodes.Node] = []
    for piece, letter in rest:
        if isinstance(piece, str):
            if piece:
                out.append(nodes.Output([nodes.TemplateData(piece)]))
        elif piece.kind == "show":
            shown = _expression(piece)
            out.append(nodes.Output([_filtered(shown, _WRAPPED[letter]) if letter in _WRAPPED else shown]))
        elif piece.kind == "if":
            out.append(_choice(piece, rest))
        else:
            return out, piece
    return out, None


def _choice(tag: Tag, rest: Iterator[tuple[Piece, str]]) -> nodes.If:
    choice = nodes.If(_expression(tag), [], [], [])
    choice.body, ended = _body(rest)
    while ended and ended.kind == "elif":
        other = nodes.If(_expression(ended), [], [], [])
        other.body, ended = _body(rest)
        choice.elif_.append(other)
    if ended and ended.kind == "else":
        choice.else_, _ = _body(rest)
    return choice


def _expression(tag: Tag) -> nodes.Expr:
    """A copy, for a tree belongs to one environment; numbers are compared as numbers, though all values are text."""
    expression = copy.deepcopy(tag.expression)
    assert expression is not None
    found = [expression] if isinstance(expression, nodes.Compare) else []
    for compare in (*found, *expression.find_all(nodes.Compare)):
        sides = [compare.expr, *(operand.expr for operand in compare.ops)]
        if any(isinstance(side, nodes.Const) and type(side.value) is int for side in sides):
            compare.expr = _as_number(compare.expr)
            for operand in compare.ops:
                operand.expr = _as_number(operand.expr)
    return expression


def _as_number(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else _filtered(node, "number")


def _filtered(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None)
