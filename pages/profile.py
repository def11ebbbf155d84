"""Settings, Shop: who the shop is, with the head of its emails as customers will see it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

import streamlit as st

from engine import shop_profile
from engine.catalog.facts import Shop
from engine.catalog.rules import rule
from engine.compose import colours, render, values
from engine.compose.samples import sample
from engine.compose.wording import Wording
from engine.errors import InkbellError
from engine.store import database, standing
from engine.store.standing import Standing
from pages import preview, ui

WORDS = {
    "name": "Name",
    "email": "Email",
    "phone": "Phone",
    "website": "Website",
    "address": "Address",
    "hours": "Opening hours",
    "logo_url": "Logo (https address of an image)",
    "reply_to": "Replies go to",
    "public_url": "Public address of Inkbell",
}
HELP = {
    "reply_to": "Where customers’ answers arrive. Empty: the shop’s email.",
    "logo_url": "Shown on top of every email instead of the name.",
    "public_url": "What customers’ links begin with. Going live needs one with https.",
}
OWN_COLOUR = "Buttons and links in the shop’s own colour"
PLACES = {"locale": "Language of dates and money", "currency": "Currency", "country": "Country"}
SPECIMEN = Wording(
    "Your order",
    "",
    "Hi {{ customer_first_name }},\n\nthe words of a message stand here.\n\n[A button]({{ portal_url }})",
)


def draw() -> None:
    with database.transaction() as connection:
        shop = shop_profile.read(connection)
        now = standing.read(connection)
    form, seen = st.columns([3, 2], gap="large")
    with form:
        draft = fields(shop)
        if st.button("Save", type="primary", icon=":material/check:", key="save_profile"):
            save(draft)
    with seen:
        st.markdown("**How your emails look**")
        head(shop, draft, now)


def fields(shop: Shop) -> dict[str, Any]:
    draft: dict[str, Any] = {}
    grid = st.grid("auto", min_column_width=260, gap="small")
    for name, label in WORDS.items():
        with grid:
            draft[name] = st.text_input(
                label, getattr(shop, name) or "", key=f"profile_{name}", help=HELP.get(name), required=name == "name"
            )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        own = st.toggle(OWN_COLOUR, shop.accent_color is not None, key="profile_own_colour")
        if own:
            chosen = st.color_picker(
                "Colour",
                shop.accent_color or colours.PRESS_BLUE,
                key="profile_accent_color",
                label_visibility="collapsed",
            )
    draft["accent_color"] = chosen if own else ""
    draft["notice"] = st.text_area(
        "Notice in every email",
        shop.notice or "",
        key="profile_notice",
        help="Holidays, a move, a late supplier. Empty: no notice.",
        height=80,
    )
    places = st.grid("auto", min_column_width=160, gap="small")
    with places:
        zones = sorted(available_timezones())
        draft["timezone"] = st.selectbox("Time zone", zones, zones.index(shop.timezone), key="profile_timezone")
    for name, label in PLACES.items():
        with places:
            draft[name] = st.text_input(label, getattr(shop, name), key=f"profile_{name}")
    return draft


def save(draft: dict[str, Any]) -> bool:
    """False when it was refused; then the page says why."""
    who = ui.require_user()
    try:
        with database.transaction() as connection:
            changed = shop_profile.change(connection, draft, actor=who.actor, now=database.now(connection))
    except InkbellError as error:
        st.error(ui.sentence(error), icon=":material/error:")
        return False
    st.toast("Saved" if changed else "Nothing had changed", icon=":material/check:")
    return True


def head(shop: Shop, draft: dict[str, Any], now: Standing) -> None:
    """Of what stands in the fields, before it is saved."""
    words = {name: value or None for name, value in draft.items() if name in (*WORDS, "notice", "accent_color")}
    shown = replace(shop, **{**words, "name": draft["name"] or shop.name})
    one = rule("production_started_email")
    said = {**sample(one), **values.of_shop(shown, now.now)}
    preview.email(
        render.compiled(one, SPECIMEN, shown.accent_color).render(said).html, "How an email looks", key="email_head"
    )
