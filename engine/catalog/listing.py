"""The whole catalog as plain data, for `python -m engine catalog --json` and the reference page."""

from typing import Any

from engine.catalog.rule import Rule
from engine.catalog.rules import RULES, rules_with
from engine.catalog.variables import VARIABLES, Variable


def catalog() -> dict[str, list[dict[str, Any]]]:
    return {
        "rules": [_rule(rule) for rule in RULES],
        "variables": [_variable(variable) for variable in VARIABLES],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "key": rule.key,
        "title": rule.title,
        "says": rule.says,
        "event": rule.on,
        "channel": rule.by,
        "audience": rule.to,
        "default": rule.default,
        "needs": rule.needs,
        "variables": list(rule.variables),
    }


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "label": variable.label,
        "meaning": variable.meaning,
        "example": variable.example,
        "rules": [rule.key for rule in rules_with(variable.name)],
    }
