"""Settings, Job statuses: what the shop calls them, what customers read, their order, and which are announced."""

from __future__ import annotations

import streamlit as st

from engine import job_statuses
from engine.catalog.statuses import JobStatus
from engine.store import database
from pages import ui
from pages.acts import submit

EDITED = "status_to_edit"
FIRST = "At the start"


def draw() -> None:
    with database.transaction() as connection:
        statuses = job_statuses.in_order(connection)
    st.write("General status messages go out for announced statuses. Proofs, tracking and invoices have their own.")
    for status in statuses:
        row(status)
    if EDITED in st.session_state:
        edit(st.session_state[EDITED], statuses)


def row(status: JobStatus) -> None:
    with (
        st.container(border=True),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"),
    ):
        with st.container(width=330, gap=None):
            st.markdown(f"**{ui.plain(status.label)}**")
            st.caption(f"Customers read “{ui.plain(status.customer_label)}”")
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            if status.announce:
                st.badge("Announced", color="green", icon=":material/campaign:")
            else:
                st.badge("Quiet", color="gray")
            st.button("Edit", key=f"edit_{status.key}", on_click=ask, args=[status.key], icon=":material/edit:")


def ask(key: str) -> None:
    st.session_state[EDITED] = key


def done() -> None:
    st.session_state.pop(EDITED, None)


@st.dialog("Edit a status", on_dismiss=done)
def edit(key: str, statuses: tuple[JobStatus, ...]) -> None:
    ui.require_user()
    keys = [status.key for status in statuses]
    labels = {status.key: status.label for status in statuses}
    status = statuses[keys.index(key)]
    others = [None, *(other for other in keys if other != key)]
    ahead = keys[keys.index(key) - 1] if keys.index(key) else None
    label = st.text_input("Name in the shop", status.label, key=f"label_{key}")
    customer_label = st.text_input("What customers read", status.customer_label, key=f"customer_label_{key}")
    announce = st.checkbox("Announce to customers", status.announce, key=f"announce_{key}")
    after = st.selectbox(
        "Comes after",
        others,
        others.index(ahead),
        format_func=lambda other: FIRST if other is None else labels[other],
        key=f"after_{key}",
    )
    st.caption(f"The shop’s system knows it as `{key}`, which never changes.")
    if st.button("Save", type="primary", icon=":material/check:", key="save_status"):
        save(key, label, customer_label, announce, after)


def save(key: str, label: str, customer_label: str, announce: bool, after: str | None) -> None:
    submit(
        lambda connection, actor, now: job_statuses.change(
            connection,
            key,
            label=label,
            customer_label=customer_label,
            announce=announce,
            after=after,
            actor=actor,
            now=now,
        ),
        "Saved",
        then=lambda _: done(),
    )
