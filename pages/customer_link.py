"""The link that a customer has, to hand on by other means, or to end when it got into the wrong hands."""

from __future__ import annotations

import streamlit as st

from engine import link_tokens
from engine.link_tokens import Link
from engine.records import Record
from engine.store import database
from pages import confirming, ui

ASKED = "link_to_renew"

OPENS = {
    "customer": "opens all orders and invoices of this customer",
    "artwork": "opens the newest proof, version {version}, to approve it or to ask for changes",
    "invoice": "opens this invoice, to read and to pay it",
}


def handed_on(record: Record) -> None:
    """Nothing where the customer has no link yet."""
    who = ui.require_user()
    with database.transaction() as connection:
        link = link_tokens.of(connection, record.kind, record.id, actor=who.actor)
    if link is None:
        return
    with st.popover("Customer’s link", icon=":material/link:", width="content"):
        st.caption(f"Whoever has it {OPENS[link.kind].format(version=link.version)}. It needs no password.")
        if link.url:
            st.code(link.url, language=None, wrap_lines=True)
        else:
            st.info("Links need the shop’s public address. An admin sets it under Settings, Shop.")
        st.button("Renew link", key=f"renew_{link.kind}", icon=":material/link_off:", on_click=ask, args=[link])
    if confirming.asked(ASKED) == (link.kind, link.id):
        confirming.show(ASKED, "Renew this link?", lambda: confirm(link))


def ask(link: Link) -> None:
    confirming.ask(ASKED, (link.kind, link.id))


def confirm(link: Link) -> None:
    who = ui.require_user()
    if not who.sees_contents:
        return
    st.write("The old link stops working at once, in every message that carries it. New messages carry the new one.")
    st.caption("For a link that was forwarded to the wrong person. Send a message again so that the customer has it.")
    confirming.answered(
        ASKED,
        "Renew link",
        ":material/link_off:",
        lambda connection, actor, now: link_tokens.renew(connection, link.kind, link.id, actor=actor, now=now),
        "The old link is ended",
        key="renew",
    )
