"""One rule of the automations page: its figures, its options, what it has left unsaid, and who switched it."""

from __future__ import annotations

import streamlit as st

from engine import automations
from engine.automations import Entry
from engine.store import database
from engine.store.standing import Standing
from pages import switching, times, ui
from pages.acts import act, submit

OPTIONS = {"days_before": ("Days before the due date", "How long before an invoice is due the customer hears of it.")}
ACTIONS = {
    "rule.enabled": "switched it on",
    "rule.disabled": "switched it off",
    "rule.options": "changed its options",
    "rule.backlog_sent": "sent what was open from before",
}


def details(one: automations.Standing, now: Standing, *, may_act: bool) -> None:
    figures(one)
    options(one, may_act=may_act)
    if one.enabled:
        left_unsaid(one, now, may_act=may_act)
    history(one, now)
    with st.container(horizontal=True, gap="medium"):
        ui.link("rule", "What it is and which variables it has", ":material/menu_book:", rule=one.rule.key)
        ui.link("templates", "Edit wording", ":material/edit_note:", rule=one.rule.key)


def figures(one: automations.Standing) -> None:
    if not one.sent and not one.failed:
        st.caption("Nothing in the last 30 days.")
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        st.metric(
            "Sent in 30 days, by day", f"{one.sent:,}", chart_data=list(one.sent_by_day), chart_type="bar", width=320
        )
        st.metric("Failed in 30 days", f"{one.failed:,}", width=150)


def options(one: automations.Standing, *, may_act: bool) -> None:
    for name, value in one.options.items():
        label, meaning = OPTIONS[name]
        least, most = automations.LIMITS[name]
        st.number_input(
            label,
            min(least, value),
            max(most, value),
            value,
            key=f"option_{one.rule.key}_{name}",
            help=meaning,
            on_change=set_option,
            args=[one.rule.key, name],
            disabled=not may_act,
            width=220,
        )


def set_option(rule_key: str, name: str) -> None:
    value = st.session_state[f"option_{rule_key}_{name}"]
    act(
        lambda connection, actor, now: automations.set_option(connection, rule_key, name, value, actor=actor, now=now),
        f"{OPTIONS[name][0]}: {value}",
    )


def left_unsaid(one: automations.Standing, now: Standing, *, may_act: bool) -> None:
    """Debts whose day had come before the rule was on."""
    with database.transaction() as connection:
        unsaid = automations.backlog(connection, one.rule.key, now.now)
    if not unsaid:
        return
    if not may_act:
        st.caption(f"{len(unsaid)} open from before it was switched on.")
        return
    picked = switching.backlog(unsaid, now)
    if st.button(f"Queue {len(picked)}", key=f"queue_{one.rule.key}", disabled=not picked, icon=":material/send:"):
        send(one.rule.key, picked)


def send(rule_key: str, picked: list[int]) -> None:
    submit(
        lambda connection, actor, now: automations.send_backlog(connection, rule_key, picked, actor, now),
        lambda queued: f"{queued} will go out in the hours for reminders",
        ":material/send:",
    )


def history(one: automations.Standing, now: Standing) -> None:
    with database.transaction() as connection:
        entries = automations.history(connection, one.rule.key)
    if not entries:
        st.caption("Nobody has switched it; it is as a new shop starts.")
        return
    st.markdown("**History**")
    with st.container(gap="xxsmall"):
        for entry in entries:
            st.caption(f"{times.said(entry.at, now.now, now.zone)} · {ui.plain(said(entry))}")


def said(entry: Entry) -> str:
    did = ACTIONS.get(entry.action) or entry.action.replace(".", " ").replace("_", " ")
    who = {"local": "Local admin", "command line": "The command line"}.get(entry.actor, entry.actor)
    more = ""
    if entry.action == "rule.options":
        changed = [(name, entry.before.get(name), value) for name, value in entry.after.items()]
        more = ": " + ", ".join(f"{name.replace('_', ' ')} {old} → {new}" for name, old, new in changed if old != new)
    elif entry.action == "rule.backlog_sent":
        more = f" ({entry.after.get('queued', 0)} queued)"
    return f"{who} {did}{more}"
