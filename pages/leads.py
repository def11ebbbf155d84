"""Leads and reorders: what people ask for, from the website, the portal, the phone and the counter."""

from __future__ import annotations

from math import ceil
from typing import Literal

import streamlit as st

from engine import customers, enquiries
from engine.enquiries import Lead, Reorder
from engine.store import database, standing
from engine.store.standing import Standing
from pages import times, ui
from pages.acts import act, submit

person = ui.require_user()


def lead(one: Lead, now: Standing) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{ui.plain(f'{one.name}, {one.company}' if one.company else one.name)}**", width="content")
            st.caption(f"{one.source} · {times.said(one.created_at, now.now, now.zone)}", width="content")
        st.caption(ui.plain(" · ".join(filter(None, (one.email, one.phone)))))
        if one.message:
            st.text(one.message)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if one.customer_id:
                ui.link("customers", "Is a customer", ":material/person:", customer=str(one.customer_id))
            else:
                key = f"lead_{one.id}"
                st.button("Make a customer", key=key, icon=":material/person_add:", on_click=adopt, args=[one])
            handled("lead", one, now)


def handled(kind: Literal["lead", "reorder"], one: Lead | Reorder, now: Standing) -> None:
    if one.handled_at:
        st.caption(f"{ui.plain(one.handled_by)} looked after it {times.said(one.handled_at, now.now, now.zone)}")
    st.button(
        "Open it again" if one.handled_at else "Looked after",
        key=f"handled_{kind}_{one.id}",
        icon=":material/undo:" if one.handled_at else ":material/check:",
        type="tertiary",
        on_click=handle,
        args=[kind, one.id, one.handled_at is None],
    )


def handle(kind: Literal["lead", "reorder"], id: int, done: bool) -> None:
    act(lambda connection, actor, now: enquiries.handle(connection, kind, id, done, actor=actor, now=now))


def adopt(one: Lead) -> None:
    act(
        lambda connection, actor, now: customers.of_lead(connection, one.id, actor=actor, now=now),
        f"{ui.plain(one.name)} is a customer now",
        ":material/person_add:",
    )


def new_lead() -> None:
    sheet = ui.sheet("new_lead")
    with st.form("new_lead", border=False):
        grid = st.grid("auto", min_column_width=200)
        values: dict[str, str] = {}
        for name, label in (("name", "Name"), ("company", "Company"), ("email", "Email"), ("phone", "Phone")):
            with grid:
                values[name] = st.text_input(label, key=f"lead_{name}{sheet}") or ""
        values["message"] = st.text_area("What they want", key=f"lead_message{sheet}") or ""
        entered = st.form_submit_button("Enter the lead", type="primary", icon=":material/check:")
    if entered:
        submit(
            lambda connection, actor, now: enquiries.add_lead(connection, **values, actor=actor, now=now),
            "The lead is entered",
            then=lambda _: ui.next_sheet("new_lead"),
        )


def reorder(one: Reorder, now: Standing) -> None:
    with st.container(border=True, gap="xsmall"):
        whose = f"{one.customer}, {one.company}" if one.company else one.customer
        what = f"{ui.plain(one.job_number)} {ui.plain(one.job_title)} again" if one.job_number else "to order again"
        st.markdown(f"**{ui.plain(whose)}** wants {', '.join(filter(None, (what, ui.pieces(one.quantity))))}")
        st.caption(times.said(one.created_at, now.now, now.zone))
        if one.note:
            st.text(one.note)
        with st.container(horizontal=True):
            ui.link(
                "jobs",
                "Enter it as a new job",
                ":material/add:",
                new="1",
                customer=str(one.customer_id),
                title=one.job_title or "",
            )
            if one.job_number:
                ui.link("jobs", "The old job", ":material/history:", job=one.job_number)
            handled("reorder", one, now)


def new_reorder() -> None:
    sheet = ui.sheet("new_reorder")
    with st.form("new_reorder", border=False):
        number = st.text_input("Number of the old job", key=f"reorder_job{sheet}")
        quantity = st.number_input("Pieces", 1, 1_000_000, value=None, step=1, key=f"reorder_quantity{sheet}")
        note = st.text_input("Note", key=f"reorder_note{sheet}")
        entered = st.form_submit_button("Enter the reorder", type="primary", icon=":material/check:")
    if entered:
        submit(
            lambda connection, actor, now: enquiries.add_reorder(
                connection, job_number=number or "", quantity=quantity, note=note or "", actor=actor, now=now
            ),
            "The reorder is entered",
            then=lambda _: ui.next_sheet("new_reorder"),
        )


st.title("Leads and reorders", anchor=False)
if not person.sees_contents:
    st.info("Leads hold people’s addresses, which sales and admins see.", icon=":material/visibility_off:")
    st.stop()
part = st.segmented_control(
    "Part", ["Leads", "Reorders"], default="Leads", required=True, key="part", bind="query-params",
    label_visibility="collapsed",
)  # fmt: skip
number = st.session_state.get("page", 1)
with database.transaction() as connection:
    now = standing.read(connection)
    read = enquiries.reorders if part == "Reorders" else enquiries.leads
    found, total = read(connection, number)
    if not found and number > 1:
        found, total = read(connection)
with st.expander(f"Enter a {'reorder' if part == 'Reorders' else 'lead'}", icon=":material/add:", key=f"new_{part}"):
    if part == "Reorders":
        new_reorder()
    else:
        new_lead()
for each in found:
    if isinstance(each, Lead):
        lead(each, now)
    else:
        reorder(each, now)
if not found:
    st.caption(f"No {'reorders' if part == 'Reorders' else 'leads'} yet.")
if total > enquiries.PER_PAGE:
    st.pagination(ceil(total / enquiries.PER_PAGE), key="page")
