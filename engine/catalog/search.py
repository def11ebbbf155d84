"""Finding a rule or a variable by what somebody remembers of it, slips of the finger included."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from engine.catalog.rule import Rule
from engine.catalog.rules import RULES
from engine.catalog.variables import VARIABLES, Variable

SPOKEN = {
    "email": "email mail",
    "sms": "sms text message phone",
    "in_app": "in-app notice",
    "toast": "toast in-app",
    "customer": "customer",
    "customer_billing": "customer billing accounts",
    "admins": "admin admins",
    "staff": "staff everyone",
}
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Found:
    rules: tuple[Rule, ...]
    variables: tuple[Variable, ...]


def search(query: str) -> Found:
    """
    What has every word of the query, in the catalog's order; everything when there is nothing to look for.

    A word counts where it is part of a word; one that is part of none is taken for the nearest spellings there are.
    """
    wanted = [_meant(word) for word in _words(query)]
    if query.strip() and not wanted:
        return Found((), ())
    return Found(
        rules=tuple(rule for rule, text in _rules() if _all_in(text, wanted)),
        variables=tuple(variable for variable, text in _variables() if _all_in(text, wanted)),
    )


def _all_in(text: str, wanted: Iterable[tuple[str, ...]]) -> bool:
    return all(any(spelling in text for spelling in spellings) for spellings in wanted)


def _meant(word: str) -> tuple[str, ...]:
    vocabulary = _vocabulary()
    if any(word in known for known in vocabulary):
        return (word,)
    return tuple(get_close_matches(word, vocabulary, n=3, cutoff=0.7)) or (word,)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


@cache
def _rules() -> tuple[tuple[Rule, str], ...]:
    return tuple(
        (
            rule,
            _joined(rule.key, rule.title, rule.says, rule.on, rule.when.says, SPOKEN[rule.by], SPOKEN[rule.to]),
        )
        for rule in RULES
    )


@cache
def _variables() -> tuple[tuple[Variable, str], ...]:
    return tuple((v, _joined(v.name, v.label, v.meaning, v.example, *v.values)) for v in VARIABLES)


@cache
def _vocabulary() -> tuple[str, ...]:
    return tuple(sorted({word for _, text in (*_rules(), *_variables()) for word in text.split()}))


def _joined(*parts: str) -> str:
    return " ".join(word for part in parts for word in _words(part))
