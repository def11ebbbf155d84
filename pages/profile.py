"""Settings, Shop: who the shop is, with the head of its emails as customers will see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from engine import shop_profile
from engine.catalog.facts import Shop
from engine.catalog.rules import rule
from engine.compose import colours, render, values
from engine.compose.samples import sample
from engine.compose.wording import Wording
from engine.store import database, standing
from engine.store.standing import Standing
from pages import kept, preview

PART = "profile"
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
    "notice_from": "On the shop’s clock. Empty: from now on.",
    "notice_until": "On the shop’s clock. Empty: until you take the notice away.",
}
MOMENTS = {"notice_from": "Notice from", "notice_until": "Notice until"}
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
    kept.follow(PART, stored(shop))
    form, seen = st.columns([3, 2], gap="large")
    with form:
        draft = fields()
        kept.buttons(PART, draft, {"own_colour": "accent_color"})
    with seen:
        st.markdown("**How your emails look**")
        head(shop, draft, now)


def stored(shop: Shop) -> dict[str, Any]:
    """What the fields show of it; moments on the shop's clock."""
    words = {name: getattr(shop, name) or "" for name in (*WORDS, *PLACES, "notice")}
    moments = {name: _there(getattr(shop, name), shop.timezone) for name in MOMENTS}
    colour = {"own_colour": shop.accent_color is not None, "accent_color": shop.accent_color or colours.PRESS_BLUE}
    return {**words, **moments, **colour, "timezone": shop.timezone}


def fields() -> dict[str, Any]:
    draft: dict[str, Any] = {}
    grid = st.grid("auto", min_column_width=260, gap="small")
    for name, label in WORDS.items():
        with grid:
            draft[name] = st.text_input(
                label,
                kept.shown(PART, name),
                key=kept.key(PART, name),
                help=HELP.get(name),
                required=name == "name",
                live=True,
                persist_state="session",
            )
    draft["accent_color"] = own_colour()
    draft["notice"] = st.text_area(
        "Notice in every email",
        kept.shown(PART, "notice"),
        key=kept.key(PART, "notice"),
        help="Holidays, a move, a late supplier. Empty: no notice.",
        height=80,
        persist_state="session",
    )
    between = st.grid("auto", min_column_width=210, gap="small")
    places = st.grid("auto", min_column_width=160, gap="small")
    with places:
        zones = sorted(available_timezones())
        place = zones.index(kept.shown(PART, "timezone"))
        zone = st.selectbox("Time zone", zones, place, key=kept.key(PART, "timezone"), persist_state="session")
    draft["timezone"] = zone
    for name, label in PLACES.items():
        with places:
            draft[name] = st.text_input(
                label, kept.shown(PART, name), key=kept.key(PART, name), live=True, persist_state="session"
            )
    for name, label in MOMENTS.items():
        with between:
            chosen = st.datetime_input(
                label,
                kept.shown(PART, name),
                key=kept.key(PART, name),
                help=HELP[name],
                format="YYYY-MM-DD",
                persist_state="session",
            )
        draft[name] = chosen and chosen.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return draft


def own_colour() -> str:
    """Empty for Inkbell's own."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if not st.toggle(
            OWN_COLOUR, kept.shown(PART, "own_colour"), key=kept.key(PART, "own_colour"), persist_state="session"
        ):
            return ""
        return st.color_picker(
            "Colour",
            kept.shown(PART, "accent_color"),
            key=kept.key(PART, "accent_color"),
            label_visibility="collapsed",
            persist_state="session",
        )


def _there(moment: datetime | None, zone: str) -> datetime | None:
    return moment and moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def head(shop: Shop, draft: dict[str, Any], now: Standing) -> None:
    """Of what stands in the fields, before it is saved."""
    told = (*WORDS, *MOMENTS, "notice", "accent_color")
    words = {name: draft[name] or None for name in told}
    shown = replace(shop, **{**words, "name": draft["name"] or shop.name})
    one = rule("production_started_email")
    said = {**sample(one), **values.of_shop(shown, now.now)}
    preview.email(
        render.compiled(one, SPECIMEN, shown.accent_color).render(said).html, "How an email looks", key="email_head"
    )
