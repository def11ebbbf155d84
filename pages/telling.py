"""What something will tell the customer, in one line for a card and in full before somebody decides."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from engine import foretell, shop_profile
from engine.access import Person
from engine.catalog.reasons import said
from engine.foretell import Deed
from engine.moves import Telling
from engine.store import database
from engine.store.standing import Standing
from pages import times, ui

BY = {"email": "email", "sms": "text"}


def in_short(told: Sequence[Telling]) -> str:
    """Markdown: "Tells the customer by email and text"."""
    going = list(dict.fromkeys(BY[one.channel] for one in told if one.reason in (None, "no_proof")))
    if going:
        waits = " once there is a proof" if any(one.reason == "no_proof" for one in told) else ""
        return f":material/outgoing_mail: Tells the customer by {' and '.join(going)}{waits}"
    if told:
        return ":material/notifications_off: The customer is not told"
    return ":material/notifications_off: Tells the customer nothing"


def before(deed: Deed, person: Person, now: Standing, *, quiet: bool = False, shown: bool = True) -> None:
    """What would be told if it were done now; nothing while it can't be done yet, or `shown` is False."""
    if quiet:
        st.markdown(":material/notifications_off: The customer is not told.")
    elif shown and (told := foretell.or_nothing(deed, now.now)) is not None:
        in_full(told, person, now)


def limit_passed_by(count: int) -> int:
    """The shop's limit of one trigger at once, where so many are more than that; else 0."""
    with database.transaction() as connection:
        limit = shop_profile.read(connection).surge_limit
    return limit if 0 < limit < count else 0


def crowd(count: int) -> None:
    """Before so much is done at once that the shop's own limit would stop what is told of it."""
    if limit := limit_passed_by(count):
        st.caption(
            f":material/front_hand: More than {limit:,} of one trigger within ten minutes are held, every one of them, "
            "until an admin releases or discards them under Messages."
        )


def in_full(told: Sequence[Telling], person: Person, now: Standing) -> None:
    if not told:
        st.markdown(":material/notifications_off: Tells the customer nothing: no trigger that is on speaks of it.")
    for one in told:
        whom = ui.plain(one.to or "the customer")
        if person.sees_contents and one.address:
            whom += f" ({ui.plain(one.address)})"
        what = f"**{ui.plain(one.title)}** by {BY[one.channel]}"
        if one.reason is None:
            moment = times.said(one.at, now.now, now.zone) if one.at > now.now else "at once"
            st.markdown(f"{ui.CHANNEL_ICONS[one.channel]} {what} to {whom}, {moment}")
        elif one.joins:
            st.markdown(f"{ui.CHANNEL_ICONS[one.channel]} {what} to {whom}, together with the one that waits already")
        else:
            st.markdown(f":material/block: {what}: {ui.plain(said(one.reason, one.detail))}")
