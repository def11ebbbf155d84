"""The strip after a move: what the customer is about to hear, and the minutes in which it can be taken back."""

from __future__ import annotations

import streamlit as st

from engine import grace
from engine.catalog.reasons import REASONS
from engine.errors import InkbellError
from engine.grace import Deed
from engine.store import database, standing
from engine.store.standing import Standing
from pages import times, ui
from pages.acts import act
from pages.telling import BY


@st.fragment(run_every=2)
def strip() -> None:
    """Looks again every other second, as the sidecar decides and sends meanwhile."""
    person = ui.require_user()
    try:
        with database.transaction() as connection:
            now = standing.read(connection)
            deeds = grace.recent(connection, person.actor, now.now)
            labels = standing.status_labels(connection)
    except InkbellError:
        return  # the page itself says what is wrong
    if deeds:
        with st.container(border=True, gap="small"):
            for deed in deeds:
                line(deed, labels, now)


def line(deed: Deed, labels: dict[str, str], now: Standing) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"deed_{deed.event_id}"):
        st.markdown(f"**{what(deed, labels)}** {told(deed, now)}", width="stretch")
        with st.container(horizontal=True, width="content", gap="xxsmall"):
            buttons(deed, labels, now)


def buttons(deed: Deed, labels: dict[str, str], now: Standing) -> None:
    number, key = deed.event_id, f"_{deed.event_id}"
    if deed.can_be_undone and st.button("Undo", key=f"undo{key}", icon=":material/undo:"):
        back = f"Job {ui.plain(deed.job_number)} is back in {ui.plain(labels.get(deed.from_status, deed.from_status))}"
        act(lambda c, actor, now: grace.undo(c, number, actor=actor, now=now), back, ":material/undo:", anew=True)
    waits = any(message.status == "queued" and message.at > now.now for message in deed.messages)
    if waits and not now.sending_paused and st.button("Send now", key=f"hurry{key}", icon=":material/send:"):
        hurry = "It goes out now", ":material/send:"
        act(lambda c, actor, now: grace.send_now(c, number, actor=actor, now=now), *hurry, anew=True)
    if deed.can_be_hushed and st.button("Don’t send", key=f"hush{key}", icon=":material/notifications_off:"):
        hushed = "The customer is not told of it"
        act(lambda c, actor, now: grace.dont_send(c, number, actor=actor, now=now), hushed, anew=True)


def what(deed: Deed, labels: dict[str, str]) -> str:
    if deed.is_move:
        return f"Job {ui.plain(deed.job_number)} moved to {ui.plain(labels.get(deed.to_status, deed.to_status))}."
    if deed.due_again:
        return f"Invoice {ui.plain(deed.invoice_number)} is due again."
    happened = {
        "order.received": "was entered",
        "job.tracking_added": "has tracking",
        "artwork.resubmitted": "has a new proof",
        "artwork.declined": "has a declined proof",
        "invoice.sent": "was sent",
        "invoice.paid": "is paid",
        "invoice.payment_link_requested": "gets a payment link",
    }.get(deed.type, "was changed")
    if deed.type.startswith("invoice."):
        return f"Invoice {ui.plain(deed.invoice_number)} {happened}."
    return f"Job {ui.plain(deed.job_number)} {happened}." if deed.job_number else "Entered."


def told(deed: Deed, now: Standing) -> str:
    """Markdown."""
    if deed.quiet:
        return "The customer is not told."
    if not deed.decided:
        return "Looking who will be told."
    waiting = [message for message in deed.messages if message.status == "queued"]
    if waiting:
        first = min(message.at for message in waiting)
        by = " and ".join(dict.fromkeys(BY[message.channel] for message in waiting))
        stops = (times.waits_for(message.channel_fault, message.mode, now) for message in waiting)
        if stopped := next(filter(None, stops), None):
            return f"The {by} waits until {stopped}."
        moment = times.said(first, now.now, now.zone).removeprefix("today ")
        return f"The customer will be told at {moment} by {by}." if first > now.now else f"The {by} goes out now."
    left = [message for message in deed.messages if message.has_left]
    if left:
        moment = times.said(left[0].at, now.now, now.zone).removeprefix("today ")
        by = " and ".join(dict.fromkeys(BY[message.channel] for message in left))
        if left[0].mode == "sandbox":
            return f"In the sandbox since {moment}: the customer would have been told by {by}."
        return f"The customer was told at {moment} by {by}."
    reasons = list(dict.fromkeys(message.reason for message in deed.messages if message.reason))
    if reasons:
        return f"The customer is not told. {ui.plain(REASONS.get(reasons[0], reasons[0]))}"
    return "No trigger that is on tells the customer."
