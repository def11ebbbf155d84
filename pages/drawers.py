"""A button that opens a small form."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def drawer(label: str, key: str, draw: Callable[[], None], icon: str | None = None, *, primary: bool = False) -> None:
    """Filled once somebody opens it: a page of invoices has a hundred of them, and at most one is looked into."""
    popover = st.popover(label, type="primary" if primary else "secondary", icon=icon, key=key, on_change="rerun")
    if popover.open:
        with popover:
            draw()


def shut(key: str) -> None:
    """For what would be done twice by a second press."""
    st.session_state[key] = False
