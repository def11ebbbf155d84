"""Choosing a customer or a day in a form."""

from __future__ import annotations

from datetime import date, datetime, time

import streamlit as st

from engine import customers
from engine.customers import Customer
from engine.store import database
from engine.store.standing import Standing
from pages import ui


def customer(key: str, *, chosen: int | None = None) -> Customer | None:
    """Words first, then one of those found; a shop has more customers than a list can show."""
    with database.transaction() as connection:
        if chosen and (whole := customers.find(connection, chosen)):
            st.markdown(f":material/person: **{called(whole.customer)}**")
            return whole.customer
    words = st.text_input(
        "Customer",
        key=f"{key}_words",
        type="search",
        live=True,
        placeholder="Name, company, address or phone",
        icon=":material/search:",
    )
    with database.transaction() as connection:
        found = customers.page(connection, search=words or "", most=12)
    if not found.customers:
        st.caption("No customer matches. Enter them under Customers first.")
        return None
    by_id = {one.id: one for one in found.customers}
    names = ui.told_apart({one.id: _named(one) for one in found.customers})
    picked = st.pills(
        "Which one",
        list(by_id),
        format_func=lambda number: ui.plain(names[number]),
        key=f"{key}_customer",
        label_visibility="collapsed",
    )
    if found.total > len(by_id):
        st.caption(f"And {found.total - len(by_id):,} more; type to find them.")
    return by_id.get(picked) if picked else None


def called(one: Customer) -> str:
    return ui.plain(_named(one))


def _named(one: Customer) -> str:
    return f"{one.name}, {one.company}" if one.company else one.name


def end_of(day: date | None, now: Standing) -> datetime | None:
    """The last moment of that day on the shop's clock."""
    return datetime.combine(day, time(23, 59, 59), now.zone) if day else None
