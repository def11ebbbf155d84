"""A wording tried out before it is saved: with a sample or a real record, as it would arrive, and as a test."""

from __future__ import annotations

import re

import streamlit as st

from engine import settings
from engine.access import Person
from engine.catalog.reasons import said
from engine.catalog.rule import Rule
from engine.compose import render, values
from engine.compose.check import check
from engine.compose.composed import Composed
from engine.compose.plainer import replacement
from engine.compose.sms_text import Segments, measure
from engine.compose.wording import Wording
from engine.decide import as_if, explain
from engine.deliver import letter, test_send
from engine.errors import WordingRefused
from engine.store import database, standing
from engine.store import facts as records
from engine.store.standing import Standing
from pages import cards, example, looks, ui, writing
from pages.acts import act

SAMPLE, REAL = "Sample", "Real record"
RECORDS = {
    "job": ("Job number", "1042"),
    "invoice": ("Invoice number", "2107"),
    "lead": ("Lead’s name", "empty: the newest"),
    "reorder": ("Customer’s name", "empty: the newest"),
}
WIDTHS = {"Desktop": 640, "Phone": 375}
PREFERS_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")

Values = dict[str, str]


def trial(rule: Rule, text: Wording, person: Person, now: Standing, *, may_write: bool) -> None:
    given = _given(rule, now)
    composed = None if given is None else _composed(rule, text, given, now)
    if composed is None:
        return
    if rule.by == "email":
        _email(rule, composed, now)
    elif rule.by == "sms":
        _text_message(rule, text, composed, now, may_write=may_write)
    else:
        looks.notice(rule.by, composed.subject, composed.text)
    if rule.by in ("email", "sms"):
        _test(rule, composed, person, now)


def _given(rule: Rule, now: Standing) -> Values | None:
    """What stands for the variables: a sample in one of its situations, or what is known of a real record."""
    source = st.segmented_control(
        "Preview with", [SAMPLE, REAL], default=SAMPLE, required=True, key="preview_with", width="content"
    )
    if source == REAL:
        label, like = RECORDS[rule.subject]
        words = st.text_input(label, key=f"record_{rule.subject}", placeholder=like, width=220)
        return _real(rule, words or "", now)
    offered = list(values.situations(rule))
    situation = st.pills(
        "Situation",
        offered,
        format_func=lambda name: name[:1].upper() + name[1:],
        key=f"situation_{rule.key}",
        wrap=True,
    )
    with database.transaction() as connection:
        return example.sampled(connection, rule, situation)


def _real(rule: Rule, words: str, now: Standing) -> Values | None:
    if not words.strip() and rule.subject in ("job", "invoice"):
        st.caption(f"Type the number of the {rule.subject} to see this message as its customer would.")
        return None
    with database.transaction() as connection:
        would = as_if.happened(connection, rule, words, now.now)
        if would is None:
            st.info(f"There is no {rule.subject} “{ui.plain(words)}”.", icon=":material/search_off:")
            return None
        given = letter.values_of(connection, rule, would.facts, now.now)
        explained = {"job": explain.job, "invoice": explain.invoice}.get(rule.subject)
        verdicts = explained(connection, would.subject_id, now.now) if explained else ()
        labels = standing.status_labels(connection)
    _verdict(rule, would, next((verdict for verdict in verdicts if verdict.rule == rule), None), labels)
    return given


def _verdict(rule: Rule, would: as_if.Would, so_far: explain.Verdict | None, labels: dict[str, str]) -> None:
    """What became of it so far, and what would happen if its event came now."""
    with st.container(border=True, gap="xxsmall"):
        if so_far is not None:
            st.markdown(f"**So far:** {ui.plain(cards.in_labels(so_far.sentence, labels))}")
        if not would.decisions:
            when = ui.plain(cards.fires(rule, labels))
            st.markdown(f"**If it happened now:** it would not fire. It does when {when}.")
        for decision in would.decisions:
            to = decision.to
            who = to.name or {"all": "everyone signed in" if rule.to == "staff" else "every admin"}.get(to.key, to.key)
            where = ", ".join(filter(None, (to.address, *to.copies)))
            reached = f"{ui.plain(who)} ({ui.plain(where)})" if where else ui.plain(who)
            if decision.reason:
                st.markdown(
                    f"**If it happened now:** nothing for {reached}. {ui.plain(said(decision.reason, decision.detail))}"
                )
            elif not rule.still.holds(would.facts):
                unless = ui.plain(cards.in_labels(rule.still.says, labels))
                st.markdown(f"**If it happened now:** nothing for {reached}, unless {unless}.")
            else:
                st.markdown(f"**If it happened now:** it would go to {reached}.")


def _composed(rule: Rule, text: Wording, given: Values, now: Standing) -> Composed | None:
    """While something is half typed, what could be shown last stays, so that the preview does not flicker."""
    key = f"shown_{rule.key}"
    try:
        composed = render.compiled(rule, text, now.accent_color).render(given)
    except WordingRefused as refused:
        if not any(problem.severity == "error" for problem in check(rule, text)):
            said = "; ".join(problem.message for problem in refused.problems)
            st.caption(f":material/error: With these values it {ui.plain(said)}.")
            return None
        last: Composed | None = st.session_state.get(key)
        st.caption(
            ":material/hourglass_top: This is the text before the mistake; fix it and the preview goes on."
            if last
            else ":material/hourglass_top: The preview comes when the mistakes are fixed."
        )
        return last
    st.session_state[key] = composed
    return composed


def _email(rule: Rule, composed: Composed, now: Standing) -> None:
    with st.container(horizontal=True, gap="small"):
        width = st.segmented_control(
            "Width", [*WIDTHS, "Text part"], default="Desktop", required=True, key="width", label_visibility="collapsed"
        )
        light = st.segmented_control(
            "Colours", ["Light", "Dark"], default="Light", required=True, key="light", label_visibility="collapsed"
        )
    looks.inbox(now.name, composed.subject, composed.preheader)
    if width == "Text part":
        st.code(composed.text, language=None, wrap_lines=True)
        return
    html = PREFERS_DARK.sub("@media all" if light == "Dark" else "@media not all", composed.html)
    looks.letter(html, f"Preview of {rule.title}", WIDTHS[str(width)])


def _text_message(rule: Rule, text: Wording, composed: Composed, now: Standing, *, may_write: bool) -> None:
    size = measure(composed.text)
    looks.text_message(now.name, composed.text, size.forcing)
    st.caption(_size(size))
    if not size.forcing:
        return
    # Only what the wording itself says can be replaced; a customer's name is spelled as it is spelled.
    mine = {mark: plain for mark in size.forcing if mark in text.body and (plain := replacement(mark)) is not None}
    named = " ".join(f"“{ui.plain(mark)}”" if mark.strip() else "a special space" for mark in size.forcing)
    st.caption(f"Dearer because of {named}: with such characters only 70 fit in a segment, without them 160.")
    if mine and may_write:
        with st.container(horizontal=True, gap="xsmall"):
            for mark, plain in mine.items():
                label = f"“{ui.plain(mark)}” → “{ui.plain(plain)}”" if plain else f"Remove “{ui.plain(mark)}”"
                st.button(label, key=f"plainer_{ord(mark)}", on_click=writing.reword, args=[rule, {mark: plain}])
            if len(mine) > 1:
                st.button("Replace all", key="plainer_all", on_click=writing.reword, args=[rule, mine])


def _size(size: Segments) -> str:
    segments = "1 segment" if size.segments == 1 else f"{size.segments} segments"
    room = {"GSM-7": (160, 153), "UCS-2": (70, 67)}[size.encoding][size.segments > 1] * max(size.segments, 1)
    return f"{segments} · {size.units} of {room} characters · {size.encoding}"


def _test(rule: Rule, composed: Composed, person: Person, now: Standing) -> None:
    mode = settings.effective_mode(settings.environment().inkbell_delivery, now.delivery_mode)
    with database.transaction() as connection:
        usual = test_send.usual_address(records.shop(connection), person, rule.by)
    own = rule.by == "email" and person.email is not None
    with st.popover("Send test to myself", icon=":material/forward_to_inbox:"):
        if own:
            st.text(f"To {usual}")
        else:
            label = "My email address" if rule.by == "email" else "My phone number"
            st.text_input(label, usual, key=f"test_to_{rule.by}")
        if mode == "sandbox":
            st.caption("Sandbox: it is written down under Messages, and nothing leaves the shop.")
        elif mode == "redirect" and not own:
            st.caption("Redirect: it goes to the shop’s own test address or number.")
        if now.sending_paused:
            st.caption("All sending is paused; it goes when that ends, if that is within the hour.")
        st.button("Send", key="test_send", type="primary", on_click=_send, args=[rule, composed, usual])


def _send(rule: Rule, composed: Composed, usual: str) -> None:
    """The address is read now: it may have been typed in the very click that pressed the button."""
    to = str(st.session_state.get(f"test_to_{rule.by}", usual))
    act(
        lambda connection, actor, now: test_send.to_myself(connection, rule, composed, actor, now=now, to=to),
        _sent,
        ":material/forward_to_inbox:",
    )


def _sent(test: test_send.Queued) -> str:
    if test.mode == "sandbox":
        return "Test written down under Messages; in the sandbox nothing leaves the shop"
    return "Test waits: all sending is paused" if test.paused else f"Test on its way to {ui.plain(test.to)}"
