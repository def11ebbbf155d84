"""What somebody does with messages: asked first, with how many and to whom, and said afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from engine.catalog.statuses import NEEDS_A_PERSON
from engine.deliver import desk, log
from engine.errors import InkbellError
from engine.store import database
from engine.store.standing import Standing
from pages import looks, preview, telling, times, ui

ASKED = "acting_asked"

RELEASE, DISCARD, AGAIN, ASIDE = "release", "discard", "again", "aside"
ICONS = {
    RELEASE: ":material/outgoing_mail:",
    DISCARD: ":material/delete:",
    AGAIN: ":material/forward_to_inbox:",
    ASIDE: ":material/done_all:",
}
LABELS = {RELEASE: "Release", DISCARD: "Discard", AGAIN: "Send again", ASIDE: "Put aside"}
EXPLAINED = {
    RELEASE: "They go out as soon as their time allows. Each is checked once more before it leaves.",
    DISCARD: "They will never go out. This can’t be undone.",
    ASIDE: "They keep their status, and no longer count as needing a person.",
}
EXPLAINED_OF_ONE = {
    RELEASE: "It goes out as soon as its time allows. It is checked once more before it leaves.",
    DISCARD: "It will never go out. This can’t be undone.",
    ASIDE: "It keeps its status, and no longer counts as needing a person.",
}
POSSIBLE = {RELEASE: ("held",), DISCARD: ("queued", "held"), AGAIN: desk.OVER, ASIDE: ("failed", "unknown")}
OFFERED = {
    "needs a person": (RELEASE, DISCARD, AGAIN, ASIDE),
    "held": (RELEASE, DISCARD),
    "queued": (DISCARD,),
    "failed": (AGAIN, ASIDE),
    "unknown": (AGAIN, ASIDE),
}
STATES = {"needs a person": NEEDS_A_PERSON}
MOST = 1_000
MOST_AGAIN = 50
SHOWN = 6


def in_bulk(view: str, wanted: log.Wanted, chosen: Sequence[int], total: int, counts: Mapping[str, int]) -> None:
    """Buttons for the chosen ones, or for all that the filters let through while none is chosen."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{len(chosen)} chosen" if chosen else f"None chosen: all {total:,}", width="content")
        for action in OFFERED[view]:
            there = any(counts[status] for status in POSSIBLE[action] if status in STATES.get(view, (view,)))
            if there and st.button(LABELS[action], key=f"bulk_{action}", icon=ICONS[action]):
                with database.transaction() as connection:
                    ask(action, _fitting(connection, action, wanted, chosen))


def ask(action: str, message_ids: Sequence[int]) -> None:
    """Opens the confirmation; a whole run, because a dialog of a list that looks again would close with it."""
    st.session_state[ASKED] = (action, tuple(message_ids))
    st.rerun()


def _fitting(
    connection: database.Connection, action: str, wanted: log.Wanted, chosen: Sequence[int]
) -> tuple[int, ...]:
    most = MOST_AGAIN if action == AGAIN else MOST
    if chosen:
        return tuple(line.id for line in log.lines(connection, chosen) if line.status in POSSIBLE[action])
    if not wanted.needs_a_person:
        return log.ids(connection, wanted, most)
    states = [status for status in NEEDS_A_PERSON if status in POSSIBLE[action]]
    return tuple(i for status in states for i in log.ids(connection, replace(wanted, status=status), most))[:most]


def dismissed() -> None:
    st.session_state.pop(ASKED, None)


def asked() -> None:
    """Shows the confirmation that somebody asked for; called by the page, outside of its list."""
    if ASKED not in st.session_state:
        return
    action, ids = st.session_state[ASKED]
    noun = "this message" if len(ids) == 1 else f"{len(ids):,} messages"
    again = action == AGAIN
    title = f"Send {noun} again?" if again else f"{LABELS[action]} {noun}?"
    width = "medium" if again and len(ids) == 1 else "small"
    st.dialog(title, width=width, on_dismiss=dismissed)(_send_again if again else _confirm)(action, ids)


def _confirm(action: str, ids: Sequence[int]) -> None:
    who = ui.require_user()
    if not who.sees_contents:
        return
    if not ids:
        _nothing()
        return
    with ui.explained():
        with database.transaction() as connection:
            lines = log.lines(connection, ids[:SHOWN])
            off = desk.switched_off(connection, ids) if action == RELEASE else ()
        _list([f"{line.title} · {line.recipient}" for line in lines], len(ids))
        st.caption(EXPLAINED_OF_ONE[action] if len(ids) == 1 else EXPLAINED[action])
        if off:
            _warn_of(off)
        elif action == RELEASE:
            _many(len(ids))
        deed: Callable[..., int] = {RELEASE: desk.release, DISCARD: desk.discard, ASIDE: desk.put_aside}[action]
        if _buttons(LABELS[action] if len(ids) == 1 else f"{LABELS[action]} {len(ids):,}", ICONS[action]):
            with database.transaction() as connection:
                done = deed(connection, ids, actor=who.actor, now=database.now(connection))
            words = {RELEASE: "released", DISCARD: "discarded", ASIDE: "put aside"}[action]
            left = f", {len(ids) - done:,} had moved on meanwhile" if done < len(ids) else ""
            _done(f"{ui.counted(done, 'message')} {words}{left}", ICONS[action])


def _warn_of(off: Sequence[str]) -> None:
    st.warning(
        f"{ui.plain(' and '.join(off))}: switched off. What is released of it is cancelled for good. "
        "Switch it on under Automations first, or leave it here.",
        icon=":material/toggle_off:",
    )


def _many(count: int) -> None:
    """The limit that held them is told once more: released by hand they all go."""
    if limit := telling.limit_passed_by(count):
        st.caption(
            f":material/front_hand: These are {count:,}; Inkbell holds more than {limit:,} of one trigger at once. "
            "Released by hand, all of them go."
        )


def _send_again(action: str, ids: Sequence[int]) -> None:
    who = ui.require_user()
    if not who.sees_contents:
        return
    if not ids:
        _nothing()
        return
    with ui.explained():
        now = ui.shop()
        with database.transaction() as connection:
            ready = desk.again(connection, ids, now.now)
        possible = [one for one in ready if one.problem is None]
        if len(ready) == 1:
            _as_it_would_go(ready[0], now)
        else:
            _list([f"{one.name} · {one.to}" for one in possible[:SHOWN]], len(possible))
            _refused([one for one in ready if one.problem])
        if possible:
            st.caption("Written anew from today’s facts. The old message stays in the log as it is.")
        label = "Send again" if len(ready) == 1 else f"Send {len(possible):,} again"
        if _buttons(label, ICONS[AGAIN], disabled=not possible):
            _done(*_sent(possible, who.actor))


def _as_it_would_go(one: desk.Again, now: Standing) -> None:
    st.markdown(f"**To** {ui.plain(one.name)}, {ui.plain(one.to or 'no address')}")
    if one.problem:
        st.warning(ui.plain(one.problem), icon=":material/block:")
        return
    if one.mode == "sandbox":
        st.caption(":material/science: In sandbox mode it is made and kept here.")
    elif one.mode == "redirect":
        st.caption(":material/alt_route: In redirect mode it goes to the shop’s own address or number.")
    if one.opens:
        st.caption(f":material/schedule: It waits until {times.said(one.opens, now.now, now.zone)}.")
    content = one.content
    if content is None:
        return
    if content.html:
        st.markdown(f"**{ui.plain(content.subject)}**")
        with st.container(height=360, border=False):
            preview.email(content.html, content.subject, key=f"again_{one.message_id}")
    else:
        looks.text_message(now.name, content.text, ())


def _refused(those: Sequence[desk.Again]) -> None:
    if not those:
        return
    with st.expander(f"{len(those)} can’t go out", icon=":material/block:"):
        for one in those[:MOST_AGAIN]:
            st.caption(f"{ui.plain(one.name or one.message_id)}: {ui.plain(one.problem)}")


def _sent(possible: Sequence[desk.Again], actor: Any) -> tuple[str, str]:
    done, why = 0, ""
    for one in possible:
        try:
            with database.transaction() as connection:
                desk.send_again(connection, one.message_id, actor=actor, now=database.now(connection), to=one.to or "")
            done += 1
        except InkbellError as error:
            why = ui.sentence(error)
    said = f"{done:,} {'message goes' if done == 1 else 'messages go'} out again"
    return (f"{said}. {why}" if why else said), (":material/error:" if why else ICONS[AGAIN])


def _list(lines: Sequence[str], total: int) -> None:
    with st.container(border=True, gap="xxsmall"):
        for line in lines:
            st.text(line)
        if total > len(lines):
            st.caption(f"and {total - len(lines):,} more")


def _buttons(label: str, icon: str, *, disabled: bool = False) -> bool:
    with st.container(horizontal=True):
        pressed = st.button(label, type="primary", icon=icon, key="acting_confirm", disabled=disabled)
        if st.button("Cancel", key="acting_cancel"):
            dismissed()
            st.rerun()
    return pressed


def _nothing() -> None:
    st.info("None of these messages can take that any more.", icon=":material/info:")
    if st.button("Close", key="acting_close"):
        dismissed()
        st.rerun()


def _done(words: str, icon: str) -> None:
    dismissed()
    ui.tell(words, icon)
    st.rerun()
