"""Inbox: notices from the shop's own rules, and which toasts to see."""

from math import ceil

import streamlit as st

from engine import inbox, toasts
from engine.inbox import Notice
from engine.store import database
from engine.store.standing import Standing
from pages import times, ui
from pages.acts import act

person = ui.require_user()

UNREAD, ALL = "Unread", "All"
SHOWS = {"all": "All jobs", "mine": "My jobs", "none": "None"}


def read(message_id: int) -> None:
    act(lambda connection, actor, _: inbox.mark_read(connection, message_id, actor=actor))


def read_all(up_to: int) -> None:
    act(
        lambda connection, actor, _: inbox.mark_all_read(connection, up_to=up_to, actor=actor),
        lambda count: f"{count:,} marked as read",
        ":material/done_all:",
    )


def choose() -> None:
    act(lambda connection, actor, _: toasts.choose(connection, st.session_state["toasts"], actor=actor))


def card(notice: Notice, now: Standing) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            title = ui.plain(notice.title)
            st.markdown(title if notice.read_at else f":primary[●] **{title}**", width="content")
            st.caption(times.said(notice.at, now.now, now.zone), width="content")
        if notice.text:
            st.text(notice.text)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            about(notice)
            if notice.read_at is None:
                st.button(
                    "Mark read", key=f"read_{notice.id}", type="tertiary", icon=":material/done:",
                    on_click=read, args=[notice.id],
                )  # fmt: skip


def about(notice: Notice) -> None:
    """Whoever opens the record has read the notice."""
    records = {
        "invoice": ("Invoice", notice.invoice_number),
        "job": ("Job", notice.job_number),
        "customer": ("The customer", notice.customer_id),
    }
    kind = next((kind for kind, (_, key) in records.items() if key), None)
    if kind is None or not person.sees_contents:
        return
    word, key = records[kind]
    label = word if kind == "customer" else f"{word} {ui.plain(key)}"
    if st.button(label, key=f"open_{notice.id}", type="tertiary", icon=":material/arrow_forward:"):
        read(notice.id)
        st.switch_page(ui.room("record"), query_params={kind: str(key)})


def listing() -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        view = st.segmented_control(
            "Show", [UNREAD, ALL], default=UNREAD, required=True, key="show", label_visibility="collapsed"
        )
        bar = st.container(width="content")
    now = ui.shop()
    number = st.session_state.get("page", 1)
    with database.transaction() as connection:
        found = inbox.page(connection, person, only_unread=view == UNREAD, number=number)
        if not found.notices and number > 1:
            found = inbox.page(connection, person, only_unread=view == UNREAD)
        unread = inbox.unread(connection, person)
    if unread and found.notices:
        newest = max(notice.id for notice in found.notices)
        bar.button("Mark all read", key="read_all", icon=":material/done_all:", on_click=read_all, args=[newest])
    for notice in found.notices:
        card(notice, now)
    if not found.notices:
        st.caption("Nothing unread." if view == UNREAD else "No notices yet.")
    if found.total > inbox.PER_PAGE:
        st.pagination(ceil(found.total / inbox.PER_PAGE), key="page")


def preference() -> None:
    with database.transaction() as connection:
        shows = toasts.choice(connection, person.actor)
    st.segmented_control(
        "Toasts when a job moves",
        list(SHOWS),
        default=shows,
        required=True,
        format_func=SHOWS.__getitem__,
        key="toasts",
        on_change=choose,
        help="My jobs are those with you as the sales rep. What you move yourself is never shown to you.",
    )


st.title("Inbox", anchor=False)
listing()
st.divider()
preference()
