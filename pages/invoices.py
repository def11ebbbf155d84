"""Invoices: what is open, what is overdue, and what was paid."""

from __future__ import annotations

from math import ceil

import streamlit as st

from engine import invoices
from engine.shop_profile import read as shop_profile
from engine.store import database, standing
from pages import bills, choosing, ui
from pages.strip import strip

person = ui.require_user()

st.title("Invoices", anchor=False)
if not person.sees_contents:
    st.info("Invoices are for sales and admins.", icon=":material/visibility_off:")
    st.stop()
strip()
with st.container(horizontal=True, vertical_alignment="center"):
    which = st.pills(
        "Which",
        invoices.WHICH,
        default="open",
        required=True,
        format_func=str.capitalize,
        key="which",
        bind="query-params",
        label_visibility="collapsed",
    )
    words = st.text_input(
        "Search invoices",
        type="search",
        key="q",
        live=True,
        bind="query-params",
        placeholder="Number, PO, job or customer",
        icon=":material/search:",
        label_visibility="collapsed",
        width=320,
    )
with database.transaction() as connection:
    now = standing.read(connection)
    locale = shop_profile(connection).locale
    number = st.session_state.get("page", 1)
    found = invoices.page(connection, now.now, which=which or "open", search=words or "", number=number)
    if not found.invoices and number > 1:
        found = invoices.page(connection, now.now, which=which or "open", search=words or "")
for invoice in found.invoices:
    bills.card(invoice, now, locale)
if not found.invoices:
    st.caption("No such invoice." if words else f"No invoice is {'there' if which == 'all' else which}.")
if found.total > invoices.PER_PAGE:
    st.pagination(ceil(found.total / invoices.PER_PAGE), key="page")

with st.expander("New invoice without a job", icon=":material/add:", key="new_invoice"):
    customer = choosing.customer("new_invoice")
    if customer:
        bills.create(now, customer_id=customer.id)
