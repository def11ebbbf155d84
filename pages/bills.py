"""An invoice with all that can be done to it, wherever it is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from engine import invoices
from engine.access import Actor
from engine.invoices import Invoice
from engine.job_entry import Job
from engine.jobs import Quiet
from engine.payments.amount import spoken
from engine.shop_profile import read as shop_profile
from engine.store import database
from engine.store.database import Connection
from engine.store.standing import Standing
from pages import choosing, confirming, kept, takings, telling, times, ui
from pages.acts import act, at_press, submit
from pages.drawers import drawer

COLORS = {"draft": "gray", "sent": "blue", "paid": "green", "void": "gray"}
VOID = "invoice_to_void"


def of_job(job: Job, now: Standing) -> None:
    with database.transaction() as connection:
        found = invoices.of_job(connection, job.id, now.now)
        locale = shop_profile(connection).locale
    for invoice in found:
        card(invoice, now, locale)
    if not found:
        st.caption("No invoice yet.")
    create(now, job_id=job.id)


def create(now: Standing, *, job_id: int | None = None, customer_id: int | None = None) -> None:
    key = f"bill_{job_id or ''}_{customer_id or ''}"
    with st.expander("New invoice", icon=":material/add:", key=f"{key}_new"), st.form(key, border=False):
        grid = st.grid("auto", min_column_width=170)
        with grid:
            amount = st.text_input("Total", placeholder="482.50", key=f"{key}_total")
        with grid:
            due = st.date_input("Due", now.now.astimezone(now.zone).date() + timedelta(30), key=f"{key}_due")
        with grid:
            po = st.text_input("Their PO number", key=f"{key}_po")
        with grid:
            number = st.text_input("Invoice number", placeholder="The next one", key=f"{key}_number")
        made = st.form_submit_button("Make a draft", icon=":material/check:")
    if made:
        submit(
            lambda connection, actor, moment: invoices.create(
                connection,
                total_cents=invoices.cents(amount or "", shop_profile(connection).currency),
                job_id=job_id,
                customer_id=customer_id,
                due_date=due,
                po_number=po or "",
                number=number or "",
                actor=actor,
                now=moment,
            ),
            "The draft is there; send it when it is right",
        )


def card(invoice: Invoice, now: Standing, locale: str) -> None:
    def money(cents: int) -> str:
        return ui.plain(spoken(cents, invoice.currency, locale))

    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{ui.plain(invoice.number)}**", width="content")
            badges(invoice, now)
            due = f"due {times.day(invoice.due_date, now.now, now.zone)}" if invoice.due_date else "no due date"
            whose = f"{invoice.customer}, {invoice.company}" if invoice.company else invoice.customer
            about = f" · job {ui.plain(invoice.job_number)}" if invoice.job_number else ""
            st.markdown(f"{ui.plain(whose)}{about} · {due}", width="stretch")
            left = f"{money(invoice.balance_cents)} open of " if 0 < invoice.balance_cents < invoice.total_cents else ""
            st.markdown(f"{left}**{money(invoice.total_cents)}**", width="content")
        actions(invoice, now, locale)
    if confirming.asked(VOID) == invoice.id:
        confirming.show(VOID, f"Make invoice {ui.plain(invoice.number)} void?", lambda: confirm_void(invoice))


def badges(invoice: Invoice, now: Standing) -> None:
    st.badge(invoice.status.capitalize(), color=COLORS[invoice.status])  # type: ignore[arg-type]
    if invoice.overdue:
        st.badge("Overdue", color="red")
    if invoice.disputed:
        st.badge("Disputed", color="orange", icon=":material/gavel:")
    if invoice.payment_pending_at:
        st.badge("Payment on its way", color="green")
    until = invoice.reminders_paused_until
    if until and until > now.now:
        said = times.day(until.astimezone(now.zone).date(), now.now, now.zone)
        st.badge(f"No reminders until {said}", color="orange", icon=":material/pause:")


def actions(invoice: Invoice, now: Standing, locale: str) -> None:
    key = str(invoice.id)
    if invoice.status == "paid":
        drawer("Payments", f"paid_{key}", lambda: takings.received(invoice, now, locale), ":material/payments:")
    if invoice.status not in ("draft", "sent"):
        return
    with st.container(horizontal=True, gap="small"):
        if invoice.status == "draft":
            drawer("Send", f"sending_{key}", lambda: sending(invoice, now), ":material/send:", primary=True)
        drawer("Payment", f"pay_{key}", lambda: takings.enter(invoice, now, locale), ":material/payments:")
        if invoice.status == "sent":
            st.button("Payment link", key=f"link_{key}", icon=":material/link:", on_click=ask_link, args=[invoice])
        drawer("Correct", f"edit_{key}", lambda: correct(invoice))
        drawer("More", f"more_{key}", lambda: more(invoice, now))


def sending(invoice: Invoice, now: Standing) -> None:
    who, key = ui.require_user(), str(invoice.id)
    quiet = st.checkbox("Don’t notify the customer", key=f"silent_{key}")
    telling.before(lambda c: invoices.send(c, invoice.id, actor=who.actor, now=now.now), who, now, quiet=quiet)
    st.button("Send", key=f"send_{key}", type="primary", icon=":material/send:", on_click=send, args=[invoice])


def correct(invoice: Invoice) -> None:
    """Of a draft everything; of a sent one what the customer does not have to pay by."""
    part = f"correct_{invoice.id}"
    total = invoices.decimal(invoice.total_cents, invoice.currency)
    kept.follow(part, {"total_cents": total, "due_date": invoice.due_date, "po_number": invoice.po_number or ""})

    def field(name: str) -> dict[str, Any]:
        return {"value": kept.shown(part, name), "key": kept.key(part, name)}

    st.text_input("Total", **field("total_cents"), disabled=invoice.status != "draft")
    st.date_input("Due", **field("due_date"))
    st.text_input("Their PO number", **field("po_number"))

    def save(connection: Connection, actor: Actor, now: datetime) -> list[str]:
        values = kept.typed(part)
        if "total_cents" in values:
            values["total_cents"] = invoices.cents(values["total_cents"] or "", invoice.currency)
        return invoices.change(connection, invoice.id, values, actor=actor, now=now)

    st.button(
        "Save",
        key=part,
        icon=":material/check:",
        on_click=lambda: act(save, "Saved; nobody is told of a correction", then=lambda _: kept.forget(part)),
    )


def more(invoice: Invoice, now: Standing) -> None:
    key = str(invoice.id)
    if invoice.payment_pending_at:
        takings.astray(invoice)
    st.button(
        "The dispute is settled" if invoice.disputed else "Disputed: hold reminders",
        key=f"dispute_{key}",
        icon=":material/gavel:",
        on_click=lambda: act(
            lambda c, actor, now: invoices.dispute(c, invoice.id, not invoice.disputed, actor=actor, now=now), "Noted"
        ),
    )
    until = st.date_input(
        "No reminders until", value=None, key=f"until_{key}", min_value=now.now.astimezone(now.zone).date()
    )
    paused = invoice.reminders_paused_until is not None and invoice.reminders_paused_until > now.now
    st.button(
        "End the pause" if paused and not until else "Pause reminders",
        key=f"pause_{key}",
        icon=":material/pause:",
        disabled=not (paused or until),
        on_click=lambda: act(
            lambda c, actor, moment: invoices.pause_reminders(
                c, invoice.id, choosing.end_of(at_press(f"until_{key}", until), now), actor=actor, now=moment
            ),
            "Noted",
        ),
    )
    void = "Make it void"
    st.button(void, key=f"void_{key}", icon=":material/block:", on_click=confirming.ask, args=[VOID, invoice.id])


def confirm_void(invoice: Invoice) -> None:
    if not ui.require_user().sees_contents:
        return
    st.write("Nothing of it is due any more, and its link says so. The customer is told nothing.")
    st.caption("This can’t be undone. Where it was wrong, write another invoice.")
    confirming.answered(
        VOID,
        "Make it void",
        ":material/block:",
        lambda connection, actor, now: invoices.void(connection, invoice.id, actor=actor, now=now),
        "The invoice is void",
        key="void",
    )


def send(invoice: Invoice) -> None:
    whom: Quiet | None = "customers" if at_press(f"silent_{invoice.id}", False) else None
    act(
        lambda c, actor, now: invoices.send(c, invoice.id, actor=actor, now=now, quiet=whom, seen=invoice),
        f"Invoice {ui.plain(invoice.number)} is sent",
        ":material/send:",
    )


def ask_link(invoice: Invoice) -> None:
    act(
        lambda c, actor, now: invoices.request_payment_link(c, invoice.id, actor=actor, now=now, seen=invoice),
        "The payment link is on its way",
        ":material/link:",
    )
