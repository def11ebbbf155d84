"""Fields of a settings page that keep what was typed, over a change of page too, until it is saved or taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine import shop_profile
from engine.errors import InkbellError
from engine.store import database
from pages import ui


def follow(part: str, stored: Mapping[str, Any]) -> None:
    """Before the fields are drawn: one that nobody has touched here shows what is stored now, whoever stored it."""
    seen = st.session_state.setdefault(f"{part}_seen", {})
    for name, value in stored.items():
        field = key(part, name)
        if name not in seen or st.session_state.get(field, seen[name]) == seen[name]:
            st.session_state[field] = seen[name] = value


def key(part: str, name: str) -> str:
    """Of a field, which has to be drawn with `persist_state="session"`."""
    return f"{part}_{name}"


def touched(part: str) -> list[str]:
    """The names of the fields that hold something else than was stored when they were first shown."""
    seen: Mapping[str, Any] = st.session_state.get(f"{part}_seen", {})
    return [name for name, value in seen.items() if st.session_state.get(key(part, name), value) != value]


def forget(part: str) -> None:
    """The next run shows what is stored."""
    st.session_state.pop(f"{part}_seen", None)


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
    who = ui.require_user()
    try:
        with database.transaction() as connection:
            changed = shop_profile.change(connection, values, actor=who.actor, now=database.now(connection))
    except InkbellError as error:
        st.error(ui.sentence(error), icon=":material/error:")
        return
    st.toast("Saved" if changed else "Nothing had changed", icon=":material/check:")
    forget(part)
    st.rerun()
