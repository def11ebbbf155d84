"""One message: as it was sent, to whom, why, and what became of it."""

import streamlit as st

from engine import records
from engine.catalog.rules import RULES
from engine.deliver import log
from engine.store import database
from engine.store.standing import Standing
from pages import acting, preview, times, ui

person = ui.require_user()

OUTCOMES = {
    "accepted": "Accepted",
    "refused": "Refused",
    "not_sent": "Not sent, tried again later",
    "unknown": "Broken off; it may have arrived",
    None: "Being handed over",
}
OUTCOME_ICONS = {"accepted": ":material/check:", "refused": ":material/block:", "not_sent": ":material/replay:"}
ACTS = {
    "message.released": (":material/outgoing_mail:", "Released"),
    "message.discarded": (":material/delete:", "Discarded"),
    "message.sent_again": (":material/forward_to_inbox:", "Sent again"),
    "message.put_aside": (":material/done_all:", "Put aside"),
}
CHANNELS = {"email": "Email", "sms": "Text message", "in_app": "Notice in the app", "toast": "Toast in the app"}


@st.fragment(run_every=2)
def one(message_id: int) -> None:
    if not ui.require_user().sees_contents:
        return
    with ui.explained():
        now = ui.shop()
        with database.transaction() as connection:
            message = log.one(connection, message_id)
            attempts = log.attempts(connection, message_id)
            acts = log.by_hand(connection, message_id)
            family = log.family(connection, message) if message else ()
        if message is None:
            st.info(f"There is no message {message_id}.", icon=":material/search_off:")
            return
        st.title(ui.plain(message.title), anchor=False)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            ui.status_badge(message.status)
            st.caption(times.when(message, now), width="content")
        if message.sentence:
            st.write(ui.plain(message.sentence))
        if message.detail:
            st.caption(ui.plain(message.detail))
        actions(message)
        content, facts = st.columns([5, 3], gap="large")
        with content:
            as_sent(message)
        with facts:
            about(message)
            repeats(message, family)
            timeline(message, attempts, acts, now)


def actions(message: log.Whole) -> None:
    """What can be done with it now; each asks before it does it."""
    outward = message.channel in ("email", "sms") and message.customer_id is not None
    offered = [
        (acting.RELEASE, message.status == "held"),
        (acting.DISCARD, message.status in ("queued", "held")),
        (acting.AGAIN, outward and message.status in acting.desk.OVER),
        (acting.ASIDE, message.status in ("failed", "unknown") and message.read_at is None),
    ]
    with st.container(horizontal=True, gap="small"):
        for action, possible in offered:
            if possible and st.button(acting.LABELS[action], key=f"act_{action}", icon=acting.ICONS[action]):
                acting.ask(action, [message.id])


def repeats(message: log.Whole, family: tuple[int, ...]) -> None:
    if not family:
        return
    with st.container(gap="xxsmall"):
        st.caption("Sent more than once")
        for other in family:
            words = "The first of them" if other == message.resend_of else f"Message {other}"
            st.button(words, key=f"open_{other}", type="tertiary", on_click=open_message, args=[other])


def open_message(message_id: int) -> None:
    """By hand, because a link to the same room would leave the address as it is."""
    st.query_params["message"] = str(message_id)


def as_sent(message: log.Whole) -> None:
    if message.body_text is None and message.body_html is None:
        written = message.status in ("queued", "sending", "held")
        st.info(
            "It is written at the moment it goes out, from the facts of that moment."
            if written
            else "There is nothing to show: it was never written, or its contents were deleted.",
            icon=":material/edit_note:",
        )
    elif message.channel == "email":
        look, text = st.tabs(["As sent", "Text part"])
        with look:
            if message.body_html:
                preview.email(message.body_html, message.title, key=f"preview_{message.id}")
            else:
                st.caption("This one has only a text part.")
        with text:
            st.code(message.body_text or "", language=None, wrap_lines=True)
    else:
        with st.container(border=True, width=380):
            if message.subject:
                st.markdown(f"**{ui.plain(message.subject)}**")
            st.text(message.body_text or "")


def about(message: log.Whole) -> None:
    with st.container(gap="xxsmall"):
        st.caption("To")
        if message.customer_id:
            ui.link("record", ui.plain(message.recipient), customer=str(message.customer_id))
        else:
            st.text(message.recipient)
        if message.to_address:
            st.text(message.to_address)
    with st.container(gap="xxsmall"):
        st.caption(f"{CHANNELS[message.channel]}, because of")
        rule = next((rule for rule in RULES if rule.key == message.rule_key), None)
        if rule:
            ui.rule_link(rule)
        else:
            st.text(message.rule_title)
    if message.about:
        with st.container(gap="xxsmall"):
            st.caption("About")
            if message.invoice_number:
                ui.link("record", f"Invoice {ui.plain(message.invoice_number)}", invoice=message.invoice_number)
            if message.job_number:
                label = f"Job {ui.plain(message.job_number)}, {ui.plain(message.job_title)}"
                ui.link("record", label, job=message.job_number)
    if message.mode and message.channel in ("email", "sms"):
        with st.container(gap="xxsmall"):
            st.caption("Delivery mode")
            st.text(message.mode.capitalize())


def timeline(message: log.Whole, attempts: tuple[log.Attempt, ...], acts: tuple[log.Act, ...], now: Standing) -> None:
    moments = [
        (message.occurred_at, ":material/bolt:", "It happened", None),
        (message.created_at, ":material/rule:", "Decided", None),
        *(
            (attempt.started_at, OUTCOME_ICONS.get(attempt.outcome or "", ":material/help:"),
             OUTCOMES[attempt.outcome], attempt.detail)
            for attempt in attempts
        ),
        *((act.at, *ACTS.get(act.action, (":material/person:", act.action)), records.spoken(act.who)) for act in acts),
        (message.sent_at, ":material/send:", "Sent", None),
        (message.delivered_at, ":material/mark_email_read:", "Delivered", None),
        (message.read_at if message.channel == "in_app" else None, ":material/visibility:", "Read", None),
    ]  # fmt: skip
    with st.container(gap="xxsmall"):
        st.caption("What happened when")
        for moment, icon, words, detail in sorted((m for m in moments if m[0]), key=lambda m: m[0]):
            note = f"  \n:gray[{ui.plain(detail)}]" if detail else ""
            st.markdown(f"{icon} {words} :gray[{times.said(moment, now.now, now.zone)}]{note}")


asked = st.query_params.get("message", "")
if not person.sees_contents:
    ui.no_contents("Message")
else:
    ui.link("messages", "All messages", ":material/arrow_back:")
    acting.asked()
    if asked.isdecimal() and len(asked) < 19:
        one(int(asked))
    else:
        st.info("There is no such message.", icon=":material/search_off:")
