"""The banner of a copied database, and the way for an admin to make it a shop of its own."""

from __future__ import annotations

import streamlit as st

from engine import copies
from engine.access import Person
from engine.store.standing import Standing
from pages import confirming, ui

ASKED = "adopting"


def banner(person: Person, now: Standing) -> None:
    if not now.is_copy:
        return
    with st.container(border=True, gap="small"):
        st.markdown(f":material/content_copy: {copies.SAYS}")
        if person.role == "admin":
            st.button(
                "Adopt this database",
                key="adopt",
                icon=":material/domain_add:",
                on_click=confirming.ask,
                args=[ASKED],
            )
    if confirming.asked(ASKED):
        confirming.show(ASKED, "Adopt this database?", confirm)


def confirm() -> None:
    ui.require_user()
    st.write("It becomes a shop of its own: in live mode what happens here is told to customers.")
    st.write("Adopt it only when the original is gone for good, or customers hear everything twice.")
    confirming.answered(
        ASKED,
        "Adopt this database",
        ":material/domain_add:",
        lambda connection, actor, now: copies.adopt(connection, actor=actor, now=now),
        "It is yours now",
        key="adopt",
    )
