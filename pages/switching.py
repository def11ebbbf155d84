"""Before a rule goes on: what it would have sent, and what it may still say about the past."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from engine import automations, rule_switch, shop_profile
from engine.access import Actor
from engine.catalog.reasons import REASONS
from engine.catalog.rules import rule as rule_called
from engine.compose import spoken
from engine.decide import dry_run
from engine.store import connections, database, standing
from engine.store.database import Connection
from engine.store.standing import Standing
from pages import times, ui
from pages.acts import submit
from pages.cards import SERVICES

ASKED = "rule_to_switch_on"
NAMED = 5
REASONS_NAMED = 3


def ask(rule_key: str) -> None:
    st.session_state[ASKED] = rule_key
    st.session_state.pop("would", None)


def dismissed() -> None:
    st.session_state.pop(ASKED, None)


def asked() -> None:
    """Draws the dialog while a rule waits for its answer."""
    if ASKED in st.session_state:
        rule_key = st.session_state[ASKED]
        title = f"Switch on “{rule_called(rule_key).title}”?"
        st.dialog(title, width="medium", on_dismiss=dismissed)(confirm)(rule_key)


def confirm(rule_key: str) -> None:
    ui.require_user()
    rule = rule_called(rule_key)
    with ui.explained():
        with database.transaction() as connection:
            now = standing.read(connection)
            lacking = rule.needs if rule.needs and not connections.is_connected(connection, rule.needs) else None
            open_debts = automations.backlog(connection, rule_key, now.now)
        if lacking:
            refused(lacking)
            return
        would_have_sent(rule_key, now)
        picked = backlog(open_debts, now)
        with st.container(horizontal=True):
            label = f"Switch on and queue {len(picked)}" if picked else "Switch on"
            if st.button(label, type="primary", icon=":material/check:", key="confirm_on"):
                switch_on(rule_key, picked)
            if st.button("Leave it off", key="leave_off"):
                dismissed()
                st.rerun()


def refused(provider: str) -> None:
    service = SERVICES[provider]
    st.warning(f"This rule needs {service}, which is not connected. Connect it first.", icon=":material/power:")
    ui.link("settings", f"Connect {service}", ":material/settings:", part="Connections")


def would_have_sent(rule_key: str, now: Standing) -> None:
    """Kept while the dialog is open: 30 days of events are not decided again at every tick."""
    if "would" not in st.session_state:
        with st.spinner("Going through the last 30 days"), database.transaction() as connection:
            st.session_state.would = dry_run.last_days(connection, automations.DAYS, now.now, [rule_key])[rule_key]
    would: dry_run.Preview = st.session_state.would
    count = would.would_send
    if not would.messages:
        st.write("In the last 30 days nothing happened that would have made it fire.")
        return
    people = len(would.recipients)
    to = f" to {people:,} {'person' if people == 1 else 'people'}" if people else ""
    st.write(f"In the last 30 days it would have sent **{count:,} message{'' if count == 1 else 's'}**{to}.")
    latest = [message for message in would.messages if message.status == "queued"][-NAMED:]
    with st.container(gap="xxsmall"):
        for message in reversed(latest):
            address = f" · {message.address}" if message.address else ""
            st.caption(ui.plain(f"{times.said(message.at, now.now, now.zone)} · {message.to}{address}"))
        if count > len(latest):
            st.caption(f"and {count - len(latest):,} earlier")
    with st.container(gap="xxsmall"):
        for reason, stopped in would.reasons.most_common(REASONS_NAMED):
            st.caption(f":material/block: {stopped:,} not sent: {ui.plain(REASONS.get(reason, reason))}")


def backlog(unsaid: tuple[automations.Unsaid, ...], now: Standing) -> list[int]:
    """The events that somebody picked; nothing is picked by itself."""
    if not unsaid:
        return []
    with database.transaction() as connection:
        locale = shop_profile.read(connection).locale
    st.divider()
    st.markdown(f"**{len(unsaid)} open from before.** They stay quiet unless you pick them.")
    reachable = [one for one in unsaid if one.reason is None]
    every = len(reachable) > 1 and st.checkbox(f"All {len(reachable)} that can go out", key="backlog_all")
    picked = []
    with st.container(height=260 if len(unsaid) > 4 else "content", border=False, gap="xsmall"):
        for one in unsaid:
            words = (
                f"Invoice {one.invoice}, {one.customer} · {spoken.money(one.balance_cents, one.currency, locale)} · "
                f"due {times.day(one.due_date, now.now, now.zone)}"
            )
            if one.reason:
                st.caption(f":material/block: {ui.plain(words)}. {ui.plain(REASONS[one.reason])}")
            elif st.checkbox(ui.plain(words), key=f"backlog_{one.event_id}", disabled=every) or every:
                picked.append(one.event_id)
    return picked


def switch_on(rule_key: str, picked: list[int]) -> None:
    def write(connection: Connection, actor: Actor, now: datetime) -> int:
        rule_switch.enable(connection, rule_key, actor=actor, now=now)
        return automations.send_backlog(connection, rule_key, picked, actor, now) if picked else 0

    is_on = f"{rule_called(rule_key).title} is on"
    submit(
        write,
        lambda queued: f"{is_on}, and {queued} from before will go out" if queued else is_on,
        then=lambda _: dismissed(),
    )
