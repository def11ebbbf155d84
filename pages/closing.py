"""Settings, Sending: the days on which the shop is closed."""

from __future__ import annotations

from datetime import date

import streamlit as st

from engine import closed_days
from engine.closed_days import ClosedDay
from engine.store import database, standing
from pages import times, ui
from pages.acts import act, submit


def draw() -> None:
    st.subheader("Closed days", anchor=False)
    st.caption("Reminders of invoices wait for the next open day. Nothing else is held back.")
    with database.transaction() as connection:
        now = standing.read(connection)
        coming = closed_days.coming(connection, now.now)
    for each in coming:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            said = times.day(each.day, now.now, now.zone)
            st.markdown(f"**{said}** {ui.plain(each.label or '')}", width="content")
            st.button("Open again", key=f"open_{each.id}", type="tertiary", on_click=open_again, args=[each])
    if not coming:
        st.caption("None so far.")
    today = now.now.astimezone(now.zone).date()
    sheet = ui.sheet("closed_days")
    with st.form("closed_days", border=False):
        grid = st.grid("auto", min_column_width=170)
        with grid:
            first = st.date_input("From", value=None, min_value=today, key=f"closed_first{sheet}")
        with grid:
            last = st.date_input(
                "Until", value=None, min_value=today, key=f"closed_last{sheet}", help="Empty: only that one day."
            )
        with grid:
            label = st.text_input("Why", placeholder="Thanksgiving", key=f"closed_label{sheet}")
        if st.form_submit_button("Close the shop on these days", icon=":material/event_busy:"):
            close(first, last, label or "")


def close(first: date | None, last: date | None, label: str) -> None:
    if first is None:
        st.error("Choose the day, or the first and the last one.", icon=":material/error:")
        return
    submit(
        lambda connection, actor, now: closed_days.add(connection, first, last or first, label, actor=actor, now=now),
        "Noted",
        ":material/event_busy:",
        then=lambda _: ui.next_sheet("closed_days"),
    )


def open_again(day: ClosedDay) -> None:
    act(lambda connection, actor, now: closed_days.open_again(connection, day.id, actor=actor, now=now), "Open again")
