"""The top of a record: what it is, whose, and whether it is silent for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from engine import customers, invoices, job_entry
from engine.compose import spoken
from engine.records import Money, Record
from engine.store import database
from engine.store import facts as shop_facts
from engine.store.database import Connection
from engine.store.standing import Standing
from pages import customer_link, times, ui
from pages.acts import act

PAUSES = {"1 day": 1, "1 week": 7, "30 days": 30}
MOST_LETTERS = 36
INVOICE_COLORS = {"paid": "green", "sent": "blue"}


def said(moment: datetime, now: Standing) -> str:
    return times.said(moment, now.now, now.zone)


def money(connection: Connection) -> Money:
    """How the shop writes money, read once for a whole page of it."""
    locale = shop_facts.shop(connection).locale
    return lambda cents, currency: spoken.money(cents, currency, locale)


def go(kind: str, key: str) -> None:
    """By hand, because a link to the same room would leave the address as it is."""
    st.session_state["find"] = ""
    st.session_state["page"] = 1
    st.query_params.from_dict({kind: key})


def head(record: Record, now: Standing) -> None:
    {"job": _job, "invoice": _invoice, "customer": _customer}[record.kind](record, now)


def _job(record: Record, now: Standing) -> None:
    facts = record.facts
    st.title(f"Job {ui.plain(facts['number'])} {ui.plain(facts['title'])}", anchor=False)
    due = f"due {times.day(facts['due_date'], now.now, now.zone)}" if facts["due_date"] else "no due date"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(ui.plain(facts["status_label"]), color="gray")
        if facts["messages_paused"]:
            st.badge("Messages paused", color="orange", icon=":material/pause:")
        many = ui.pieces(facts["quantity"])
        st.caption(f"{many}, {due}" if many else due.capitalize(), width="content")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _customer_button(facts)
        for number in (facts["invoices"] or [])[:4]:
            _button("invoice", number, f"Invoice {number}", ":material/receipt_long:")
        paused = facts["messages_paused"]
        st.button(
            "Resume messages" if paused else "Pause messages",
            key="pause_job",
            icon=":material/play_arrow:" if paused else ":material/pause:",
            on_click=_pause_job,
            args=[record.id, not paused],
        )
        ui.link("messages", "In the log", ":material/outbox:", about=facts["number"])
        customer_link.handed_on(record)


def _invoice(record: Record, now: Standing) -> None:
    facts = record.facts
    st.title(f"Invoice {ui.plain(facts['number'])}", anchor=False)
    with database.transaction() as connection:
        written = money(connection)
    total, open_ = (written(facts[name], facts["currency"]) for name in ("total_cents", "balance_cents"))
    due = f", due {times.day(facts['due_date'], now.now, now.zone)}" if facts["due_date"] else ""
    until = facts["reminders_paused_until"]
    paused = until is not None and until > now.now
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(facts["status"].capitalize(), color=INVOICE_COLORS.get(facts["status"], "gray"))  # type: ignore[arg-type]
        if facts["disputed"]:
            st.badge("Disputed", color="orange", icon=":material/gavel:")
        if paused:
            st.badge(f"Reminders paused until {said(until, now)}", color="orange", icon=":material/pause:")
        st.caption(ui.plain(f"{total or 'No amount'}, {open_ or 'nothing'} open{due}"), width="content")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _customer_button(facts)
        if facts["job_number"]:
            _button("job", facts["job_number"], f"Job {facts['job_number']}", ":material/checkroom:")
        _pause_for("reminders", paused, record, now)
        ui.link("messages", "In the log", ":material/outbox:", about=facts["number"])
        customer_link.handed_on(record)


def _customer(record: Record, now: Standing) -> None:
    facts = record.facts
    st.title(ui.plain(facts["name"]), anchor=False)
    until = facts["messages_paused_until"]
    paused = until is not None and until > now.now
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if paused:
            st.badge(f"Messages paused until {said(until, now)}", color="orange", icon=":material/pause:")
        reach = [facts["company"], facts["email"], facts["billing_email"], facts["phone"]]
        st.caption(" · ".join(ui.plain(part) for part in reach if part) or "No address", width="content")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for number, name in facts["jobs"] or []:
            _button("job", number, f"Job {number} {name}", ":material/checkroom:")
        for number, status in facts["invoices"] or []:
            _button("invoice", number, f"Invoice {number}, {status}", ":material/receipt_long:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _pause_for("messages", paused, record, now)
        ui.link("messages", "In the log", ":material/outbox:", customer=facts["email"] or facts["name"])
        customer_link.handed_on(record)


def _customer_button(facts: dict[str, object]) -> None:
    name = f"{facts['customer']}, {facts['company']}" if facts["company"] else str(facts["customer"])
    _button("customer", str(facts["customer_id"]), name, ":material/person:")


def _button(kind: str, key: str, label: str, icon: str) -> None:
    # A button's words never break within one, and a phone has room for so many.
    label = label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1].rstrip()}…"
    st.button(ui.plain(label), key=f"go_{kind}_{key}", type="tertiary", icon=icon, on_click=go, args=[kind, key])


def _pause_for(what: str, paused: bool, record: Record, now: Standing) -> None:
    if paused:
        label = f"Resume {what}"
        st.button(label, key="resume", icon=":material/play_arrow:", on_click=_pause, args=[record, None])
        return
    with st.popover(f"Pause {what}", icon=":material/pause:", width="content"):
        for label, days in PAUSES.items():
            until = now.now + timedelta(days=days)
            st.button(f"For {label}", key=f"pause_{days}", on_click=_pause, args=[record, until], width="stretch")


def _pause_job(job_id: int, paused: bool) -> None:
    act(lambda connection, actor, now: job_entry.pause(connection, job_id, paused, actor=actor, now=now))


def _pause(record: Record, until: datetime | None) -> None:
    pause = customers.pause if record.kind == "customer" else invoices.pause_reminders
    act(lambda connection, actor, now: pause(connection, record.id, until, actor=actor, now=now))
