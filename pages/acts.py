"""One write of somebody at a screen: who they are, the transaction, and what came of it in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import streamlit as st

from engine.access import Actor
from engine.errors import InkbellError
from engine.store import database
from engine.store.database import Connection
from pages import ui

Made = TypeVar("Made")
Write = Callable[[Connection, Actor, datetime], Made]

CHECK, ERROR = ":material/check:", ":material/error:"


def act(write: Write[Any], said: str | None = None, icon: str = CHECK, *, anew: bool = False) -> bool:
    """
    False when it was refused; either is said in a toast, and `said` renders Markdown.

    For callbacks, which run before the page is drawn; elsewhere `anew` draws the page again, and does not return.
    """
    say = ui.tell if anew else _toast
    try:
        _written(write)
    except InkbellError as error:
        say(ui.sentence(error), ERROR)
        done = False
    else:
        if said:
            say(said, icon)
        done = True
    if anew:
        st.rerun()
    return done


def submit(
    write: Write[Made],
    said: str | Callable[[Made], str],
    icon: str = CHECK,
    *,
    then: Callable[[Made], object] | None = None,
) -> None:
    """
    For the button of a form or a dialog: a refusal is shown there, and stays.

    When it is done, `then` gets what was made, the page is drawn again with `said` on it, and this does not return.
    """
    try:
        made = _written(write)
    except InkbellError as error:
        st.error(ui.sentence(error), icon=ERROR)
        return
    if then is not None:
        then(made)
    ui.tell(said if isinstance(said, str) else said(made), icon)
    st.rerun()


def _written(write: Write[Made]) -> Made:
    who = ui.require_user()
    with database.transaction() as connection:
        return write(connection, who.actor, database.now(connection))


def _toast(words: str, icon: str) -> None:
    st.toast(words, icon=icon)
