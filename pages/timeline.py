"""Everything that happened to a record, the latest first."""

from __future__ import annotations

from math import ceil

import streamlit as st

from engine import records
from engine.deliver import desk
from engine.records import Moment, Record
from engine.store import database
from engine.store.standing import Standing
from pages import acting, heads, ui

PER_PAGE = 30
ICONS = {
    "entered": ":material/add_circle:",
    "moved": ":material/arrow_forward:",
    "shipped": ":material/local_shipping:",
    "proof": ":material/image:",
    "approved": ":material/thumb_up:",
    "declined": ":material/thumb_down:",
    "superseded": ":material/layers:",
    "paid": ":material/payments:",
    "reply": ":material/reply:",
    "event": ":material/event:",
}


def timeline(record: Record, now: Standing) -> None:
    with database.transaction() as connection:
        moments = records.timeline(connection, record, heads.money(connection))
    pages = max(1, ceil(len(moments) / PER_PAGE))
    number = min(st.session_state.get("page", 1), pages)
    for moment in moments[PER_PAGE * (number - 1) : PER_PAGE * number]:
        with st.container(horizontal=True, gap="small", vertical_alignment="top"):
            st.caption(heads.said(moment.at, now), width=130)
            with st.container(width=660, gap=None):
                _message(moment) if moment.message else _event(moment)
    if pages > 1:
        st.pagination(pages, key="page")


def _event(moment: Moment) -> None:
    who = f" :gray[by {ui.plain(moment.who)}]" if moment.who else ""
    detail = f"  \n:small[:gray[{ui.plain(moment.detail)}]]" if moment.detail else ""
    st.markdown(f"{ICONS.get(moment.what, ':material/circle:')} {ui.plain(moment.text)}{who}{detail}")


def _message(moment: Moment) -> None:
    line = moment.message
    assert line is not None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        icon = ui.CHANNEL_ICONS[line.channel]
        with st.container(width="content"):
            ui.link("message", ui.plain(line.title), icon, message=str(line.id))
        ui.status_badge(line.status)
        possible = line.customer_id and line.channel in ("email", "sms") and line.status in desk.OVER
        icon = acting.ICONS[acting.AGAIN]
        if possible and st.button("Send again", key=f"again_{line.id}", type="tertiary", icon=icon):
            acting.ask(acting.AGAIN, [line.id])
    who = f"To {line.recipient}"
    st.caption(ui.plain(f"{who}. {line.sentence}" if line.sentence else who))
