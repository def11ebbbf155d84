"""One write of somebody at a screen: who they are, the transaction, and what came of it in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import streamlit as st
import structlog

from engine.access import Actor
from engine.errors import InkbellError, named, places
from engine.store import database
from engine.store.database import Connection
from pages import ui

Made = TypeVar("Made")
Write = Callable[[Connection, Actor, datetime], Made]

log = structlog.get_logger()

CHECK = ":material/check:"


def act(
    write: Write[Made],
    said: str | Callable[[Made], str] | None = None,
    icon: str = CHECK,
    *,
    then: Callable[[Made], object] | None = None,
    anew: bool = False,
) -> bool:
    """
    False when it was refused; either is said in a toast, and `said` renders Markdown. `then` gets what was made.

    For callbacks, which run before the page is drawn; elsewhere `anew` draws the page again, and does not return.
    """
    say = ui.tell if anew else ui.toast
    try:
        made = written(write)
    except InkbellError as error:
        say(ui.sentence(error), ui.ERROR)
        done = False
    else:
        if then is not None:
            then(made)
        if said:
            say(_words(said, made), icon)
        done = True
    if anew:
        st.rerun()
    return done


def at_press(key: str, drawn: Any) -> Any:
    """In a callback: what the field holds now. It may have been typed in the very click that pressed the button."""
    return st.session_state.get(key, drawn)


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
        made = written(write)
    except InkbellError as error:
        st.error(ui.sentence(error), icon=ui.ERROR)
        return
    if then is not None:
        then(made)
    ui.tell(_words(said, made), icon)
    st.rerun()


def written(write: Write[Made]) -> Made:
    """Raises InkbellError whatever went wrong: another that leaves a callback leaves the page half drawn."""
    who = ui.require_user()
    try:
        with database.transaction() as connection:
            return write(connection, who.actor, database.now(connection))
    except InkbellError:
        raise
    except Exception as error:
        log.error("write failed", error=named(error), at=places(error))
        raise InkbellError(
            f"something went wrong ({named(error)}) and nothing was changed. Try it again; if it comes back, show the "
            "app’s log to whoever looks after Inkbell"
        ) from error


def _words(said: str | Callable[[Made], str], made: Made) -> str:
    return said if isinstance(said, str) else said(made)
