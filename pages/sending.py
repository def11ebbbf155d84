"""Settings, Sending: how far messages go, and at which hours."""

from __future__ import annotations

from typing import Any

import streamlit as st

from engine import links, providers, shop_profile
from engine.catalog.facts import Shop
from engine.settings import LADDER, Mode, effective_mode, environment
from engine.shop_fields import MOST_GRACE_SECONDS, MOST_SURGE
from engine.store import connections, database
from pages import closing, kept, ui
from pages.acts import act

STEPS: dict[Mode, tuple[str, str, str]] = {
    "sandbox": (
        "Sandbox",
        ":material/science:",
        "Everything is written and kept here. Nothing leaves the shop.",
    ),
    "redirect": (
        "Redirect",
        ":material/alt_route:",
        "Everything leaves, but to your own test address and number, with the true recipient named on top.",
    ),
    "live": ("Live", ":material/rocket_launch:", "Customers get their messages."),
}
WEEKDAYS = {1: "Mon", 2: "Tue", 3: "Wed", 4: "Thu", 5: "Fri", 6: "Sat", 7: "Sun"}
PART = "sending"
TIMES = {
    "sms_from": "Texts from",
    "sms_until": "Texts until",
    "dunning_from": "Reminders from",
    "dunning_until": "Reminders until",
}
ADDRESSES = {
    "redirect_email": "Test address (redirect)",
    "redirect_phone": "Test number (redirect)",
    "alert_email": "Alerts by email to",
    "alert_phone": "Alerts by text to",
}
FIELDS = (*TIMES, *ADDRESSES, "dunning_weekdays", "grace_seconds", "surge_limit", "require_sms_consent")
GOING = "mode_to_go_to"


def draw() -> None:
    with database.transaction() as connection:
        shop = shop_profile.read(connection)
    ladder(shop)
    hours(shop)
    closing.draw()
    if GOING in st.session_state:
        confirm_live(shop)


def ladder(shop: Shop) -> None:
    cap = environment().inkbell_delivery
    mode = effective_mode(cap, shop.delivery_mode)
    st.subheader("How far messages go", anchor=False)
    if cap:
        st.caption(f"The server’s INKBELL_DELIVERY allows {STEPS[cap][0].lower()} at most.")
    grid = st.grid("auto", min_column_width=240, gap="small")
    for step in LADDER:
        with grid:
            rung(step, mode, shop, cap)
    st.caption("A message keeps the mode it was made in: what waited in a safer mode is held for you.")


def rung(step: Mode, mode: Mode, shop: Shop, cap: Mode | None) -> None:
    title, icon, meaning = STEPS[step]
    with st.container(border=True, height="stretch", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{icon} **{title}**", width="content")
            if step == mode:
                st.badge("Now", color="green", icon=":material/check:")
        st.caption(meaning)
        if step == mode:
            return
        obstacle = shop_profile.obstacle(step, shop)
        if cap and LADDER.index(step) > LADDER.index(cap):
            st.caption(":material/lock: Not allowed by the server.")
        elif obstacle:
            st.caption(f":material/info: {ui.plain(obstacle[:1].upper() + obstacle[1:])}.")
        elif step == "live":
            st.button("Go live", key="mode_live", on_click=ask_live, icon=icon, type="primary")
        else:
            st.button(f"Use {title.lower()}", key=f"mode_{step}", on_click=set_mode, args=[step], icon=icon)


def ask_live() -> None:
    st.session_state[GOING] = "live"


def stay() -> None:
    st.session_state.pop(GOING, None)


def set_mode(step: Mode, *, anew: bool = False) -> None:
    stay()
    act(
        lambda connection, actor, now: shop_profile.set_mode(connection, step, actor=actor, now=now),
        f"{STEPS[step][0]} from now on",
        STEPS[step][1],
        anew=anew,
    )


@st.dialog("Go live?", on_dismiss=stay)
def confirm_live(shop: Shop) -> None:
    ui.require_user()
    st.write("From now on, what happens in the shop is told to customers.")
    st.markdown(f":material/check: Their links begin with {ui.plain(links.base(shop.public_url))}")
    with database.transaction() as connection:
        states = {provider: connections.state(connection, provider) for provider in providers.PROVIDERS[:2]}
    for provider, name, channel in (("smtp", "The mail server", "Emails"), ("twilio", "Twilio", "Texts")):
        if states[provider].connected:
            st.markdown(f":material/check: {name} is connected")
        else:
            st.markdown(f":material/warning: {name} is not connected. {channel} will wait.")
    with st.container(horizontal=True):
        if st.button("Go live", key="confirm_live", type="primary", icon=":material/rocket_launch:"):
            set_mode("live", anew=True)
        if st.button("Not yet", key="not_yet"):
            stay()
            st.rerun()


def hours(shop: Shop) -> None:
    st.subheader("When, and how carefully", anchor=False)
    kept.follow(PART, {name: _shown(getattr(shop, name)) for name in FIELDS})
    kept.buttons(PART, fields(shop))


def _shown(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else "" if value is None else value


def fields(shop: Shop) -> dict[str, Any]:
    return {**windows(shop), **care(), **addresses()}


def windows(shop: Shop) -> dict[str, Any]:
    draft: dict[str, Any] = {}
    grid = st.grid("auto", min_column_width=150, gap="small")
    for name, label in TIMES.items():
        with grid:
            draft[name] = st.time_input(
                label, kept.shown(PART, name), key=kept.key(PART, name), persist_state="session"
            )
    st.caption(f"On the shop’s clock, {ui.plain(shop.timezone)}. The same time twice means always.")
    draft["dunning_weekdays"] = st.pills(
        "Reminders go out on",
        list(WEEKDAYS),
        format_func=WEEKDAYS.__getitem__,
        default=kept.shown(PART, "dunning_weekdays"),
        selection_mode="multi",
        key=kept.key(PART, "dunning_weekdays"),
        persist_state="session",
    )
    return draft


def care() -> dict[str, Any]:
    draft: dict[str, Any] = {}
    numbers = st.grid("auto", min_column_width=240, gap="small")
    with numbers:
        draft["grace_seconds"] = st.number_input(
            "Time to undo a move, in seconds",
            0,
            MOST_GRACE_SECONDS,
            kept.shown(PART, "grace_seconds"),
            step=30,
            key=kept.key(PART, "grace_seconds"),
            help="So long a message about a move waits, in case it was a slip.",
            persist_state="session",
        )
    with numbers:
        draft["surge_limit"] = st.number_input(
            "Hold when one trigger writes more than this in 10 minutes",
            0,
            MOST_SURGE,
            kept.shown(PART, "surge_limit"),
            key=kept.key(PART, "surge_limit"),
            help="A bulk edit is stopped before it becomes hundreds of emails. 0 switches the guard off.",
            persist_state="session",
        )
    draft["require_sms_consent"] = st.checkbox(
        "Text only customers whose consent is recorded",
        kept.shown(PART, "require_sms_consent"),
        key=kept.key(PART, "require_sms_consent"),
        persist_state="session",
    )
    return draft


def addresses() -> dict[str, Any]:
    draft: dict[str, Any] = {}
    grid = st.grid("auto", min_column_width=240, gap="small")
    for name, label in ADDRESSES.items():
        with grid:
            draft[name] = st.text_input(
                label, kept.shown(PART, name), key=kept.key(PART, name), live=True, persist_state="session"
            )
    return draft
