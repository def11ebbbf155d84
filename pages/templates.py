"""Templates: what each rule says, reworded, tried out and put in force."""

from collections.abc import Iterable

import streamlit as st

from engine import records
from engine.access import Person
from engine.catalog.rule import Rule
from engine.catalog.rules import RULES, rule
from engine.compose import drafts, history, wording
from engine.compose.check import check
from engine.compose.wording import Active
from engine.store import database, standing
from engine.store.standing import Standing
from pages import times, trial, ui, writing
from pages.cards import switch_badge
from pages.changes import changes
from pages.editor import editor

person = ui.require_user()

CHANNELS = {"email": "email", "sms": "SMS", "in_app": "in-app", "toast": "toast"}
DEFAULT = "Shipped default"


def chosen() -> Rule:
    """`/templates?rule=KEY` is the address that people pass on."""
    with database.transaction() as connection:
        custom, begun = history.customised(connection), drafts.mine(connection, person.actor)

    def names(some: Iterable[str]) -> str:
        return ", ".join(rule(key).title for key in some)

    # The same label whatever happens: a widget keeps its choice as the text that is shown.
    def label(key: str) -> str:
        return f"{rule(key).title} · {CHANNELS[rule(key).by]}"

    keys = [each.key for each in RULES]
    asked = st.query_params.get("rule")
    if asked in keys and asked != st.session_state.get("template_before"):
        st.session_state.template = asked
    key = st.selectbox("Message", keys, format_func=label, key="template", width=520, persist_state="session")
    st.session_state.template_before = st.query_params.rule = key
    if unfinished := sorted(begun - {key}):
        st.caption(f"You have begun and not saved: {names(unfinished)}.")
    if outdated := [each for each, changed in custom.items() if changed and each != key]:
        st.caption(f"Reworded, and the default has changed since: {names(outdated)}.")
    return rule(key)


def desk(of: Rule, who: Person) -> None:
    """No fragment: one that runs for the last pause while somebody leaves breaks the next page in their browser."""
    with ui.explained():
        with database.transaction() as connection:
            active = wording.active(connection, of.key)
            versions = history.versions(connection, of.key)
            now = standing.read(connection)
        write, look = st.columns(2, gap="medium")
        if who.role != "admin":
            with write:
                in_force(of, active, versions, now, may_keep=False)
                st.code(active.wording.as_text, language=None, wrap_lines=True)
                st.caption("Admins reword it. You can try it out and send yourself a test.")
            with look:
                trial.trial(of, active.wording, who, now, may_write=False)
            return
        mine: writing.Writing = st.session_state[f"writing_{of.key}"]
        if mine.behind(active) and not mine.touched:
            mine.adopt(active)
        with write:
            in_force(of, active, versions, now, may_keep=not mine.touched)
            if mine.behind(active):
                meanwhile(of, mine, active, versions, now)
            typing(of, mine, active, who)
        with look:
            trial.trial(of, mine.wording, who, now, may_write=True)
        past(of, mine, active, versions, now)


def in_force(of: Rule, active: Active, versions: tuple[history.Version, ...], now: Standing, *, may_keep: bool) -> None:
    version = next((version for version in versions if version.id == active.version_id), None)
    if version is None:
        st.caption("In force: the shipped default.")
    else:
        st.caption(f"In force: {described(version, now)}.")
        if not version.began_with_today_s_default:
            outdated(of, may_keep=may_keep)


def outdated(of: Rule, *, may_keep: bool) -> None:
    """Somebody looks at both and decides; until then it is said at every visit."""
    st.info(
        "The default has changed since this was written. Yours goes out until you decide otherwise.",
        icon=":material/new_releases:",
    )
    if not may_keep:
        return
    with st.container(horizontal=True, gap="small"):
        st.button("Compare them", key="compare_default", icon=":material/difference:", on_click=compare, args=[of, 0])
        st.button("Keep ours", key="keep_ours", icon=":material/check:", on_click=writing.keep, args=[of])


def compare(of: Rule, number: int) -> None:
    st.session_state.update({f"versions_{of.key}": True, f"compare_{of.key}": number})


def described(version: history.Version, now: Standing) -> str:
    note = f", {ui.plain(version.note)}" if version.note else ""
    who = f" by {ui.plain(records.spoken(version.author))}" if version.author else ""
    return f"version {version.version}{who}, {times.said(version.created_at, now.now, now.zone)}{note}"


def meanwhile(
    of: Rule, mine: writing.Writing, active: Active, versions: tuple[history.Version, ...], now: Standing
) -> None:
    theirs = next((version for version in versions if version.id == active.version_id), None)
    what = described(theirs, now) if theirs else "the shipped default"
    with st.container(border=True, gap="small"):
        st.warning(
            f"While you were writing, somebody else put another wording in force: {what}. "
            "Yours is kept as a draft and nothing was overwritten.",
            icon=":material/call_split:",
        )
        st.caption("Theirs (−) and yours (+)")
        changes(history.changes(active.wording, mine.wording), key=f"meanwhile_{of.key}")
        with st.container(horizontal=True):
            st.button("Save mine instead", on_click=writing.save_over, args=[of, active], key="save_over")
            st.button("Take theirs, drop my draft", on_click=writing.discard, args=[of], key="take_theirs")


def typing(of: Rule, mine: writing.Writing, active: Active, who: Person) -> None:
    problems = check(of, mine.wording)
    editor(
        of,
        mine.wording,
        problems,
        based_on=mine.based_on,
        edition=mine.edition,
        touched=mine.touched,
        kept=mine.kept,
        trouble=mine.trouble,
        writer=str(who.actor),
        on_pause=lambda typed: writing.paused(of, typed),
        on_save=lambda typed: writing.save(of, typed),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Save",
            type="primary",
            key="save",
            icon=":material/check:",
            on_click=writing.save,
            args=[of],
            disabled=not mine.touched or mine.behind(active) or any(each.severity == "error" for each in problems),
        )
        if mine.touched:
            with st.popover("Discard draft", icon=":material/delete:"):
                st.text("What you have written is gone then.")
                st.button("Discard it", key="discard", on_click=writing.discard, args=[of])


def past(of: Rule, mine: writing.Writing, active: Active, versions: tuple[history.Version, ...], now: Standing) -> None:
    drawer = st.expander(f"Versions ({len(versions)})", on_change="rerun", key=f"versions_{of.key}")
    if not drawer.open:
        return
    with drawer:
        texts = {version.version: version.wording for version in versions} | {0: wording.default(of.key)}
        names = {version.version: listed(version, active, now) for version in versions} | {0: DEFAULT}
        number = st.selectbox(
            "Compare what stands above with",
            list(texts),
            format_func=lambda key: names[key],
            key=f"compare_{of.key}",
            width=520,
        )
        found = history.changes(texts[number], mine.wording)
        if found:
            st.caption("Taken away (−) and added (+) since then")
            changes(found, key=f"changes_{of.key}")
        else:
            st.caption("No difference.")
        there = active.version_id is None if number == 0 else texts[number] == active.wording
        st.button(
            "Revert to the shipped default" if number == 0 else f"Put version {number} in force again",
            key=f"restore_{of.key}",
            on_click=writing.restore,
            args=[of, number or None],
            disabled=there or mine.touched,
            help="Save or discard your draft first." if mine.touched else None,
        )


def listed(version: history.Version, active: Active, now: Standing) -> str:
    said = described(version, now).replace("\\", "")
    return said[:1].upper() + said[1:] + (" · in force" if version.id == active.version_id else "")


st.title("Templates", anchor=False)
if not person.sees_contents:
    st.info("Sales and admins look after the wordings.", icon=":material/visibility_off:")
    st.stop()

of = chosen()
with database.transaction() as connection:
    on = standing.switches(connection).get(of.key, of.default)
    if person.role == "admin":
        writing.opened(connection, of, person, wording.active(connection, of.key))
with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
    switch_badge(of, on)
    st.caption(of.says, width="content")
    ui.link("rule", "About this trigger", rule=of.key)
desk(of, person)
