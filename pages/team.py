"""Settings, Team: who may sign in, and as what."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from engine import staff
from engine.access import ROLES
from engine.staff import Member
from engine.store import database
from pages import ui
from pages.acts import act, submit

MEANINGS = {
    "admin": "everything",
    "sales": "sees all, works the Shop page, sends tests to themself",
    "production": "the job board and the reference, no addresses and no money",
}
EDITED = "member_to_edit"


def draw() -> None:
    with database.transaction() as connection:
        members = staff.everybody(connection)
    for member in members:
        row(member)
    if not members:
        st.info(
            "Nobody is on the staff yet. Until sign-in is set up, whoever opens Inkbell on this machine is an admin.",
            icon=":material/group_add:",
        )
    st.subheader("Add somebody", anchor=False)
    sheet = ui.sheet("add_member")
    with st.form("add_member"):
        grid = st.grid("auto", min_column_width=200, gap="small")
        with grid:
            name = st.text_input("Name", key=f"new_name{sheet}")
        with grid:
            email = st.text_input("Email", key=f"new_email{sheet}", help="The address they sign in with.")
        with grid:
            role = st.selectbox("Role", ROLES, 1, format_func=ui.ROLE_NAMES.__getitem__, key=f"new_role{sheet}")
        added = st.form_submit_button("Add", type="primary", icon=":material/person_add:")
    st.caption("  \n".join(f"**{ui.ROLE_NAMES[role]}** {meaning}" for role, meaning in MEANINGS.items()))
    if added:
        put(email, name, role, lambda: ui.next_sheet("add_member"))
    if EDITED in st.session_state:
        member = next((one for one in members if one.id == st.session_state[EDITED]), None)
        if member is not None:
            edit(member)


def row(member: Member) -> None:
    with (
        st.container(border=True),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"),
    ):
        with st.container(width=330, gap=None):
            st.markdown(f"**{ui.plain(member.name)}**")
            st.caption(ui.plain(member.email))
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            if not member.active:
                st.badge("Has left", color="gray")
                st.button(
                    "Let back in",
                    key=f"back_{member.id}",
                    on_click=let_back_in,
                    args=[member],
                )
                return
            st.badge(ui.ROLE_NAMES[member.role], color="blue" if member.role == "admin" else "gray")
            st.button("Edit", key=f"edit_{member.id}", on_click=ask, args=[member.id], icon=":material/edit:")
            st.button("Deactivate", key=f"leave_{member.id}", on_click=leave, args=[member.id], type="tertiary")


def ask(member_id: int) -> None:
    st.session_state[EDITED] = member_id


def done() -> None:
    st.session_state.pop(EDITED, None)


@st.dialog("Edit", on_dismiss=done)
def edit(member: Member) -> None:
    ui.require_user()
    st.caption(ui.plain(member.email))
    name = st.text_input("Name", member.name, key=f"name_{member.id}")
    role = st.selectbox(
        "Role",
        ROLES,
        ROLES.index(member.role),
        format_func=lambda role: f"{ui.ROLE_NAMES[role]}: {MEANINGS[role]}",
        key=f"role_{member.id}",
    )
    if st.button("Save", type="primary", icon=":material/check:", key="save_member"):
        put(member.email, name, role, done)


def put(email: str, name: str, role: str, then: Callable[[], None]) -> None:
    submit(
        lambda connection, actor, _: staff.add(connection, email, name, role, actor=actor),  # type: ignore[arg-type]
        lambda what: {"added": "Added", "changed": "Changed", "unchanged": "Nothing had changed"}[what],
        then=lambda _: then(),
    )


def let_back_in(member: Member) -> None:
    act(
        lambda connection, actor, _: staff.add(connection, member.email, member.name, member.role, actor=actor),
        "They may come in again",
    )


def leave(member_id: int) -> None:
    act(
        lambda connection, actor, _: staff.deactivate(connection, member_id, actor=actor),
        "They are out at their next click",
        ":material/person_off:",
    )
