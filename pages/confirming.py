"""A question before what can't be taken back: opened by a press, closed by its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.acts import Write, submit


def ask(question: str, about: object = True) -> None:
    st.session_state[question] = about


def asked(question: str) -> object:
    """What it is about; None while nobody asks."""
    return st.session_state.get(question)


def close(question: str) -> None:
    st.session_state.pop(question, None)


def show(question: str, title: str, draw: Callable[[], None]) -> None:
    st.dialog(title, width="small", on_dismiss=lambda: close(question))(draw)()


def answered(question: str, yes: str, icon: str, write: Write[Any], said: str, *, key: str) -> None:
    """Both answers. Once it is written the question is closed and `said` told; refused, it stays beside the reason."""
    with st.container(horizontal=True):
        agreed = st.button(yes, key=f"{key}_confirm", type="primary", icon=icon)
        declined = st.button("Not now", key=f"{key}_not")
    if declined:
        close(question)
        st.rerun()
    if agreed:
        submit(write, said, icon, then=lambda _: close(question))
