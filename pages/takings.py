"""Money that an invoice has brought in: entered by hand, taken back, or never come."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from engine import invoices
from engine.access import Actor
from engine.invoices import Invoice
from engine.jobs import Quiet
from engine.payments import did_not_come, record_payment, take_back
from engine.payments.amount import spoken
from engine.store import database
from engine.store.database import Connection
from engine.store.standing import Standing
from pages import telling, times, ui
from pages.acts import act, at_press
from pages.drawers import shut

METHODS = ("check", "cash", "card terminal", "bank transfer", "other")
NEWS = {
    "due": "The invoice is due again; the customer may not know it yet",
    "failed": "Stripe says that the payment came back, so the invoice is due again",
    "paid": "Stripe says that the payment has come",
}


def enter(invoice: Invoice, now: Standing, locale: str) -> None:
    key = str(invoice.id)
    plain_balance = f"{invoices.decimal(invoice.balance_cents, invoice.currency)}"
    amount = st.text_input("Received", plain_balance, key=f"amount_{key}")
    method = st.selectbox("How", METHODS, key=f"method_{key}")
    on = st.date_input("On", now.now.astimezone(now.zone).date(), key=f"on_{key}")
    reference = st.text_input("Reference", key=f"reference_{key}", placeholder="Check number")
    quiet = st.checkbox("Don’t send a receipt", key=f"paid_quiet_{key}")
    st.caption("The whole balance marks it paid; less is a part payment.")
    who = ui.require_user()

    def record(connection: Connection, actor: Actor, moment: datetime) -> None:
        cents = invoices.cents(at_press(f"amount_{key}", amount) or "", invoice.currency)
        how = at_press(f"method_{key}", method), at_press(f"reference_{key}", reference), at_press(f"on_{key}", on)
        whom: Quiet | None = "customers" if at_press(f"paid_quiet_{key}", quiet) else None
        seen = invoice.amount_paid_cents
        record_payment(connection, invoice.id, cents, *how, actor, moment, quiet=whom, paid_before=seen)

    telling.before(lambda c: record(c, who.actor, now.now), who, now, quiet=quiet)
    said = ("Payment recorded", ":material/payments:")
    st.button("Record", key=f"record_{key}", type="primary", on_click=lambda: act(record, *said) and shut(f"pay_{key}"))
    if invoice.amount_paid_cents:
        received(invoice, now, locale)


def received(invoice: Invoice, now: Standing, locale: str) -> None:
    """What has come in, each with the way back from a slip."""
    with database.transaction() as connection:
        found = invoices.payments(connection, invoice.id)
    if not found:
        st.caption("It was paid in the shop’s own system; no payment is entered here.")
    for one in found:
        day = times.day(one.received_on, now.now, now.zone)
        about = " · ".join(filter(None, (day, one.method, one.reference)))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{ui.plain(spoken(one.amount_cents, invoice.currency, locale))}** {ui.plain(about)}")
            if one.by_provider:
                st.caption("Refund it in Stripe’s dashboard.")
            else:
                st.button(
                    "Take back",
                    key=f"back_{one.id}",
                    type="tertiary",
                    icon=":material/undo:",
                    on_click=back,
                    args=[one.id],
                )


def back(payment_id: int) -> None:
    act(
        lambda c, actor, now: take_back(c, payment_id, actor=actor, now=now),
        "The payment is taken back and its sum is due again. The customer is not told",
        ":material/undo:",
    )


def astray(invoice: Invoice) -> None:
    """The way out where a bank payment is on its way, and nobody hears any more what becomes of it."""
    st.button(
        "The payment did not come",
        key=f"astray_{invoice.id}",
        icon=":material/money_off:",
        help="Makes the invoice due again. Stripe is asked first; while it waits for the bank nothing changes.",
        on_click=lambda: act(
            lambda c, actor, moment: did_not_come(c, invoice.id, actor=actor, now=moment), NEWS.__getitem__
        ),
    )
