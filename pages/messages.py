"""Messages: what went out, what waits, and what needs a person."""

from math import ceil

import streamlit as st

from engine.catalog.statuses import MESSAGE_STATUSES
from engine.deliver import log
from engine.store import database
from engine.store.standing import Standing
from pages import times, ui

person = ui.require_user()

ALL = "all"


def row(message: log.Line, now: Standing) -> None:
    with (
        st.container(border=True, gap="xxsmall"),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"),
    ):
        with st.container(width=520, gap=None):
            ui.link(
                "message", f"**{ui.plain(message.title)}**", ui.CHANNEL_ICONS[message.channel], message=str(message.id)
            )
            who = f"{message.recipient} ({message.to_address})" if message.to_address else message.recipient
            st.caption(" · ".join(ui.plain(part) for part in (who, message.about) if part))
            if message.reason:
                st.caption(ui.plain(message.sentence))
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            ui.status_badge(message.status)
            st.caption(times.when(message, now), width="content")


def summary(counts: dict[str, int]) -> str:
    total = sum(counts.values())
    parts = ", ".join(f"{count:,} {status}" for status, count in counts.items() if count)
    return f"{total:,} message{'' if total == 1 else 's'}: {parts}" if total else ""


@st.fragment(run_every=2)
def listing() -> None:
    """Looks again every other second, so a job that is moved shows here without a reload."""
    if not ui.require_user().sees_contents:
        return
    with ui.explained():
        # Labels without the numbers: a number that moves between drawing and clicking would lose the click.
        chosen = st.segmented_control(
            "Status",
            [ALL, *MESSAGE_STATUSES],
            default=ALL,
            required=True,
            format_func=str.capitalize,
            key="status",
            bind="query-params",
            label_visibility="collapsed",
        )
        status = None if chosen in (None, ALL) else chosen
        now = ui.shop()
        with database.transaction() as connection:
            counts = log.counts(connection)
            st.caption(summary(counts))
            total = counts[status] if status else sum(counts.values())
            pages = max(1, ceil(total / log.PER_PAGE))
            number = min(st.session_state.get("page", 1), pages)
            messages = log.page(connection, status, number)
        for message in messages:
            row(message, now)
        if not messages:
            empty(status)
        if pages > 1:
            st.pagination(pages, key="page")


def empty(status: str | None) -> None:
    if status is None:
        st.info("No messages yet. Move a job on the Shop page and watch this space.", icon=":material/outbox:")
    else:
        st.caption(f"No {status} messages.")


# `/messages?message=ID` is the address that people pass on.
if "message" in st.query_params:
    st.switch_page(ui.room("message"), query_params={"message": st.query_params["message"]})

if person.sees_contents:
    st.title("Messages", anchor=False)
    listing()
else:
    ui.no_contents()
