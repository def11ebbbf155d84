"""A trigger's message as an example: the wording in force, with sample values in it."""

from __future__ import annotations

import streamlit as st

from engine.catalog.rule import Rule
from engine.compose import render, values, wording
from engine.compose.composed import Composed
from engine.errors import WordingRefused
from engine.store import database, standing
from engine.store import facts as records
from engine.store.database import Connection
from pages import looks


def sampled(connection: Connection, rule: Rule, situation: str | None = None) -> dict[str, str]:
    """The shop's own name and address are known; a situation that takes one away, or adds one, stays visible."""
    shop = values.of_shop(records.shop(connection), standing.read(connection).now)
    changed = values.situations(rule)[situation] if situation else {}
    known = {name: value for name, value in shop.items() if name not in changed and name != "shop_notice"}
    return values.sample(rule, situation) | known


def composed(rule: Rule) -> tuple[str, Composed | None]:
    """The shop's name, and what it says; None while the wording in force has a mistake in it."""
    with database.transaction() as connection:
        given, text = sampled(connection, rule), wording.active(connection, rule.key).wording
    try:
        return given["shop_name"], render.compiled(rule, text).render(given)
    except WordingRefused:
        return given["shop_name"], None


def text(rule: Rule) -> None:
    """In few words, for a card among others."""
    _, said = composed(rule)
    if said is None:
        broken()
        return
    st.code("\n\n".join(filter(None, (said.subject, said.text))), language=None, wrap_lines=True)


def whole(rule: Rule) -> None:
    """As it arrives."""
    shop, said = composed(rule)
    if said is None:
        broken()
    elif rule.by == "email":
        looks.inbox(shop, said.subject, said.preheader)
        looks.letter(said.html, f"Example of {rule.title}", 640)
    elif rule.by == "sms":
        looks.text_message(shop, said.text, ())
    else:
        looks.notice(rule.by, said.subject, said.text)


def broken() -> None:
    st.caption(":material/error: The wording in force has a mistake, so it can’t be shown. Templates says where.")
