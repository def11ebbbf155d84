"""Automations: which rules are on, how each one does, and the switch that stops them all."""

from __future__ import annotations

import streamlit as st

from engine import automations, rule_switch, shop_profile
from engine.catalog.rule import Rule
from engine.catalog.rules import RULES
from engine.store import database, standing
from engine.store.standing import Standing
from pages import times, ui
from pages.acts import act
from pages.automation import details
from pages.cards import SERVICES
from pages.switching import ask, asked

person = ui.require_user()

CHANNELS = {"Email to customers": ("email",), "Notices to staff": ("in_app", "toast"), "Texts to customers": ("sms",)}
VIEWS = ["All", "On", "Off"]


def turn(rule: Rule) -> None:
    """Off at once; on only after a look at what it would have sent."""
    ui.require_user()
    if st.session_state[f"on_{rule.key}"]:
        ask(rule.key)
        return
    act(
        lambda connection, actor, now: rule_switch.disable(connection, rule.key, actor=actor, now=now),
        f"{rule.title} is off",
        ":material/notifications_off:",
    )


def pause() -> None:
    act(lambda connection, actor, now: shop_profile.pause_all(connection, actor=actor, now=now))


def resume() -> None:
    act(
        lambda connection, actor, now: shop_profile.resume_all(connection, actor=actor, now=now),
        "Sending goes on; what waited goes out now",
        ":material/play_arrow:",
    )


def stop_switch(now: Standing) -> None:
    if person.role != "admin":
        return
    if now.sending_paused:
        st.button("Resume sending", on_click=resume, icon=":material/play_arrow:", type="primary")
    else:
        st.button(
            "Pause all sending",
            on_click=pause,
            icon=":material/pause:",
            help="Stops every email and text at once. Notices in the app go on.",
        )


def figures(one: automations.Standing, now: Standing) -> str:
    """Empty for one that never sent anything: most of them, in a new shop."""
    if one.last_sent_at is None:
        return ""
    return f"{one.sent:,} sent in 30 days · last {times.said(one.last_sent_at, now.now, now.zone)}"


def row(one: automations.Standing, now: Standing, *, opened: bool = False) -> None:
    rule = one.rule
    with st.container(border=True, gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            with st.container(width=460, gap=None):
                switch(one)
                st.caption(rule.says)
            with st.container(horizontal=True, width="content", gap="small", vertical_alignment="center"):
                if one.failed:
                    st.badge(f"{one.failed:,} failed", color="red", icon=":material/error:")
                if rule.needs and not one.enabled:
                    st.badge(f"Needs {SERVICES[rule.needs]}", color="orange", icon=":material/power:")
                if said := figures(one, now):
                    st.caption(said, width="content")
        more = st.expander("Details", opened, on_change="rerun", key=f"details_{rule.key}", type="compact")
        # Drawn when somebody looks: 24 charts and histories would make the page slow for everybody.
        if more.open:
            with more:
                details(one, now, may_act=person.role == "admin")


def switch(one: automations.Standing) -> None:
    key = f"on_{one.rule.key}"
    # What the database says, not what was clicked: until it is confirmed the rule is off.
    st.session_state[key] = one.enabled
    may_act = person.role == "admin"
    st.toggle(one.rule.title, key=key, on_change=turn, args=[one.rule], disabled=not may_act)


def only() -> str | None:
    """`/automations?rule=KEY` shows that rule alone, open."""
    asked = st.query_params.get("rule")
    if not any(asked == rule.key for rule in RULES):
        return None
    st.button("All automations", icon=":material/arrow_back:", type="tertiary", key="show_all", on_click=show_all)
    return asked


def show_all() -> None:
    st.query_params.pop("rule", None)


def which() -> str:
    chosen = st.segmented_control(
        "Show", VIEWS, default="All", required=True, key="show", bind="query-params", label_visibility="collapsed"
    )
    return chosen or VIEWS[0]


def board() -> None:
    asked_for = only()
    view = VIEWS[0] if asked_for else which()
    with database.transaction() as connection:
        now = standing.read(connection)
        rules = automations.standings(connection, now.now)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        on = sum(one.enabled for one in rules)
        st.caption(f"{on} of {len(rules)} are on.", width="content")
        stop_switch(now)
    for title, channels in CHANNELS.items():
        shown = [one for one in rules if one.rule.by in channels and view in ("All", "On" if one.enabled else "Off")]
        if asked_for:
            shown = [one for one in rules if one.rule.key == asked_for and one.rule.by in channels]
        if shown:
            st.subheader(f"{title} ({len(shown)})", anchor=False)
        for one in shown:
            row(one, now, opened=one.rule.key == asked_for)


st.title("Automations", anchor=False)
if not person.sees_contents:
    st.info(
        "Which messages go out is for sales and admins. The Reference shows every trigger and whether it is on.",
        icon=":material/visibility_off:",
    )
    st.stop()
st.write("Every message that goes out by itself, and the switch for each.")
if person.role != "admin":
    st.caption("An admin switches these; you can look.")
board()
asked()
