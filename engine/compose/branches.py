"""Which variables a branch of a wording can count on."""

from jinja2 import nodes


def filled(condition: nodes.Expr, holds: bool) -> set[str]:
    """The variables that can't be empty where the condition holds, or where it does not."""
    match condition:
        case nodes.Not():
            return filled(condition.node, not holds)
        case nodes.And() | nodes.Or():
            left, right = filled(condition.left, holds), filled(condition.right, holds)
            return left | right if isinstance(condition, nodes.And) == holds else left & right
        case nodes.Compare():
            return _names(condition) if _tells(condition, holds) else set()
    return _names(condition) if holds else set()


def _tells(compare: nodes.Compare, holds: bool) -> bool:
    """Other than 'ship' may well be nothing, but whoever asks has thought of the variable."""
    sides = [compare.expr, *(operand.expr for operand in compare.ops)]
    with_nothing = any(isinstance(side, nodes.Const) and side.value == "" for side in sides)
    match compare.ops:
        case [nodes.Operand(op="eq")]:
            return with_nothing != holds
        case [nodes.Operand(op="ne")]:
            return holds or not with_nothing
    return holds


def _names(condition: nodes.Expr) -> set[str]:
    own = {condition.name} if isinstance(condition, nodes.Name) else set()
    return own | {found.name for found in condition.find_all(nodes.Name)}
