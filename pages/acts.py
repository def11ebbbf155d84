"""One write of somebody at a screen: who they are, the transaction, and what went wrong in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import streamlit as st

from engine.access import Actor
from engine.errors import InkbellError
from engine.store import database
from engine.store.database import Connection
from pages import ui

Write = Callable[[Connection, Actor, datetime], Any]


def act(write: Write, said: str | None = None, icon: str = ":material/check:") -> bool:
    """False when it was refused, which is said in a toast; `said` renders Markdown."""
    who = ui.require_user()
    try:
        with database.transaction() as connection:
            write(connection, who.actor, database.now(connection))
    except InkbellError as error:
        st.toast(ui.sentence(error), icon=":material/error:")
        return False
    if said:
        st.toast(said, icon=icon)
    return True
