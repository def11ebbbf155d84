"""The editor of a wording: every pause in typing reaches the server, and what has not yet is kept in the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.components import v2

from engine.catalog.rule import Rule
from engine.catalog.variables import variable
from engine.compose.check import Problem
from engine.compose.wording import Wording
from pages import ui
from pages.glossary import GROUPS

HTML = (ui.FOLDER / "editor.html").read_text()
CSS = (ui.FOLDER / "editor.css").read_text()
JS = (ui.FOLDER / "editor.js").read_text()

_editor = v2.component("inkbell_editor", html=HTML, css=CSS, js=JS)


@dataclass(frozen=True, slots=True)
class Typed:
    """What the browser sent. `number` counts the changes, so that it learns which of them were kept."""

    wording: Wording
    based_on: int | None
    number: int


def editor(
    rule: Rule,
    wording: Wording,
    problems: Sequence[Problem],
    *,
    based_on: int | None,
    edition: int,
    touched: bool,
    kept: int,
    trouble: str | None,
    writer: str,
    on_pause: Callable[[Typed], None],
    on_save: Callable[[Typed], None],
) -> None:
    """`wording` replaces what stands in the browser only when `edition` has moved on; else the browser knows better.

    `kept` is the number of the last change that is safe, `trouble` why a newer one is not.
    """
    key = f"editor_{rule.key}"

    def paused() -> None:
        if sent := st.session_state[key].get("text"):
            on_pause(_typed(sent))

    def saved() -> None:
        if sent := st.session_state[key].get("save"):
            on_save(_typed(sent))

    _editor(
        key=key,
        data={
            "rule": rule.key,
            "writer": writer,
            "edition": edition,
            "based_on": based_on,
            "touched": touched,
            "kept": kept,
            "trouble": trouble,
            "parts": ["body"] if rule.by == "sms" else ["subject", "preheader", "body"],
            "labels": _labels(rule),
            "text": {"subject": wording.subject, "preheader": wording.preheader, "body": wording.body},
            "variables": _menu(rule.variables),
            "problems": [_problem(problem) for problem in problems],
        },
        on_text_change=paused,
        on_save_change=saved,
    )


def latest(rule: Rule) -> Typed | None:
    """What the browser sent last; a button's callback may come before the one of the text it was pressed with."""
    sent = st.session_state.get(f"editor_{rule.key}", {}).get("text")
    return _typed(sent) if sent else None


def _typed(sent: Any) -> Typed:
    """The browser is not trusted to send what our own script would."""
    parts = (str(sent.get(part) or "") for part in ("subject", "preheader", "body"))
    based_on, number = sent.get("based_on"), sent.get("number")
    return Typed(
        Wording(*(text.replace("\r\n", "\n") for text in parts)),
        based_on if isinstance(based_on, int) else None,
        number if isinstance(number, int) else 0,
    )


def _labels(rule: Rule) -> dict[str, str]:
    if rule.by == "email":
        return {"subject": "Subject", "preheader": "Preview line", "body": "Text, in Markdown"}
    return {"subject": "Title", "preheader": "Preview line", "body": "Text"}


def _menu(names: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    known = [variable(name) for name in names]
    groups = ((title, [one for one in known if one.group == group]) for group, title in GROUPS.items())
    return [
        (title, [(one.name, f"{one.label}. {one.meaning}") for one in inside]) for title, inside in groups if inside
    ]


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "part": problem.part,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
    }
