"""
Fields of which only what was touched is saved, so that nobody undoes what somebody else has changed meanwhile.

Those of a settings page keep what was typed, over a change of page too, until it is saved or taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine import shop_profile
from pages.acts import submit


@dataclass
class _Field:
    """`turn` is part of the widget's key: a new one starts afresh with what is stored."""

    stored: Any
    turn: int = 0


def follow(part: str, stored: Mapping[str, Any]) -> None:
    """Before the fields are drawn: one that nobody has touched here shows what is stored now, whoever stored it."""
    fields = _fields(part)
    for name, value in stored.items():
        field = fields.setdefault(name, _Field(value))
        if field.stored != value and name not in touched(part):
            fields[name] = _Field(value, field.turn + (key(part, name) in st.session_state))


def key(part: str, name: str) -> str:
    """Of a field, which has to be drawn with `shown` as its value, and on a settings page to persist its state."""
    turn = _fields(part)[name].turn
    return f"{part}_{name}_{turn}" if turn else f"{part}_{name}"


def shown(part: str, name: str) -> Any:
    """
    What the field starts with.

    Not set through the session's state: a run that is cut short loses such a value, and the field is empty then.
    """
    return _fields(part)[name].stored


def touched(part: str) -> list[str]:
    """The names of the fields that hold something else than was stored when they were first shown."""
    return [
        name
        for name, field in _fields(part).items()
        if st.session_state.get(key(part, name), field.stored) != field.stored
    ]


def typed(part: str) -> dict[str, Any]:
    """What the fields that were touched hold, in a callback too."""
    return {name: st.session_state[key(part, name)] for name in touched(part)}


def forget(part: str) -> None:
    """What was touched shows what is stored from the next run on."""
    for name in touched(part):
        _fields(part)[name].turn += 1


def _fields(part: str) -> dict[str, _Field]:
    fields: dict[str, _Field] = st.session_state.setdefault(f"{part}_fields", {})
    return fields


def buttons(part: str, draft: Mapping[str, Any], column: Mapping[str, str] | None = None) -> None:
    """
    Save, and the way back while there is one. Only what was touched is saved.

    `draft` is what the fields mean, and `column` names what a field decides that is no setting itself.
    """
    changed = touched(part)
    columns = {(column or {}).get(name, name) for name in changed}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Save", type="primary", icon=":material/check:", key=f"save_{part}"):
            save(part, {name: draft[name] for name in columns})
        if changed:
            st.button("Take back", key=f"take_back_{part}", on_click=forget, args=[part], icon=":material/undo:")
            st.caption(":material/edit: Not saved yet. It stays here while you look at other pages.")


def save(part: str, values: Mapping[str, Any]) -> None:
    """When it is refused the page says why, and the fields keep what was typed."""
    submit(
        lambda connection, actor, now: shop_profile.change(connection, values, actor=actor, now=now),
        lambda changed: "Saved" if changed else "Nothing had changed",
        then=lambda _: forget(part),
    )
