"""What this person is writing, between the browser, their draft and the versions in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from engine.access import Actor, Person
from engine.catalog.rule import Rule
from engine.compose import drafts, wording
from engine.compose.wording import Active, Wording
from engine.errors import Conflict, InkbellError, WordingRefused
from engine.store.database import Connection
from pages import ui
from pages.acts import act, written
from pages.editor import Typed, latest


@dataclass(slots=True)
class Writing:
    """`began` is the text that was in force when this person began, of the version `based_on` (None: the default).

    `edition` moves on when the text is replaced from here; `kept` is the number of the last change that is safe.
    """

    wording: Wording
    began: Wording
    based_on: int | None
    edition: int = 1
    kept: int = 0
    trouble: str | None = None

    @property
    def touched(self) -> bool:
        return self.wording != self.began

    def replace(self, text: Wording) -> None:
        self.wording, self.edition = text, self.edition + 1

    def adopt(self, active: Active) -> None:
        """Begins again from what is in force now."""
        self.began, self.based_on = active.wording, active.version_id
        if self.wording != active.wording:
            self.replace(active.wording)

    def behind(self, active: Active) -> bool:
        """Somebody else saved since this person began."""
        return self.based_on != active.version_id


def opened(connection: Connection, rule: Rule, person: Person, active: Active) -> Writing:
    """The draft of this person or else what is in force; what could not be kept yet stays as it is."""
    key = f"writing_{rule.key}"
    draft = drafts.load(connection, rule.key, person.actor)
    found: Writing | None = st.session_state.get(key)
    if found is None:
        text, based_on = (draft.wording, draft.based_on) if draft else (active.wording, active.version_id)
        found = st.session_state[key] = Writing(text, _text_of(connection, rule, based_on, active), based_on)
    elif found.trouble is None:
        if draft is None:
            found.adopt(active)
        else:
            found.based_on, found.began = draft.based_on, _text_of(connection, rule, draft.based_on, active)
            if found.wording != draft.wording:
                found.replace(draft.wording)
    return found


def _text_of(connection: Connection, rule: Rule, version_id: int | None, active: Active) -> Wording:
    if version_id == active.version_id:
        return active.wording
    return wording.of_version(connection, rule.key, version_id) or active.wording


def paused(rule: Rule, typed: Typed) -> None:
    """Each pause in typing, mistakes and all."""
    mine = _mine(rule)
    mine.wording = typed.wording

    def write(connection: Connection, actor: Actor, _: datetime) -> None:
        if mine.touched:
            drafts.keep(connection, rule.key, typed.wording, actor, based_on=mine.based_on)
        else:
            drafts.forget(connection, rule.key, actor)

    try:
        written(write)
    except InkbellError as error:
        mine.trouble = str(error)[:1].upper() + str(error)[1:] + "."
    else:
        mine.kept, mine.trouble = typed.number, None


def save(rule: Rule, typed: Typed | None = None) -> None:
    """Ctrl+S brings its own text; the button saves what the last pause brought."""
    _catch_up(rule, typed)
    mine = _mine(rule)

    def write(connection: Connection, actor: Actor, _: datetime) -> Active:
        made = wording.save(connection, rule.key, mine.wording, actor, based_on=mine.based_on)
        drafts.forget(connection, rule.key, actor)
        return made

    try:
        made = written(write)
    except Conflict:
        paused(rule, Typed(mine.wording, mine.based_on, mine.kept))  # the other window of this person ended the draft
        st.toast("Not saved: somebody else saved meanwhile", icon=":material/call_split:")
    except WordingRefused:
        ui.toast("Not saved: there are mistakes to fix first", ui.ERROR)
    except InkbellError as error:
        ui.toast(ui.sentence(error), ui.ERROR)
    else:
        mine.began, mine.based_on, mine.trouble = made.wording, made.version_id, None
        st.toast("Saved. It goes out from now on", icon=":material/check:")


def save_over(rule: Rule, active: Active) -> None:
    """After the other's version was shown; one that came later still is no less a conflict."""
    _mine(rule).based_on = active.version_id
    save(rule)


def discard(rule: Rule) -> None:
    mine = _mine(rule)

    def write(connection: Connection, actor: Actor, _: datetime) -> Active:
        drafts.forget(connection, rule.key, actor)
        return wording.active(connection, rule.key)

    if act(write, then=mine.adopt):
        mine.trouble = None


def restore(rule: Rule, version: int | None) -> None:
    """None: the shipped default. What somebody else put in force since it was shown stays."""
    mine = _mine(rule)

    def write(connection: Connection, actor: Actor, _: datetime) -> Active:
        if version is None:
            made = wording.revert(connection, rule.key, actor, based_on=mine.based_on)
        else:
            made = wording.restore(connection, rule.key, version, actor, based_on=mine.based_on)
        drafts.forget(connection, rule.key, actor)
        return made

    done = "Back to the shipped default" if version is None else f"Version {version} is in force again"
    act(write, done, then=mine.adopt)


def keep(rule: Rule) -> None:
    """Whoever writes goes on from the version that this makes."""
    mine = _mine(rule)

    def kept(connection: Connection, actor: Actor, now: datetime) -> None:
        mine.adopt(wording.keep(connection, rule.key, actor))

    act(kept, "Yours stays as it is")


def reword(rule: Rule, instead: Mapping[str, str]) -> None:
    """Replaces characters of the text by a button instead of at the keyboard."""
    _catch_up(rule)
    mine = _mine(rule)
    text = replace(mine.wording, body=mine.wording.body.translate(str.maketrans(dict(instead))))
    paused(rule, Typed(text, mine.based_on, mine.kept))
    mine.replace(text)


def _catch_up(rule: Rule, typed: Typed | None = None) -> None:
    typed = typed or latest(rule)
    if typed is not None and typed.number > _mine(rule).kept:
        paused(rule, typed)


def _mine(rule: Rule) -> Writing:
    found: Writing = st.session_state[f"writing_{rule.key}"]
    return found
