"""Import: customers, jobs and invoices from the CSV files of another program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from engine import imports
from engine.errors import InkbellError
from engine.imports import COLUMNS, NEEDED, Kind, Mapped, Plan, Progress, Sheet
from engine.store import database
from pages import files, telling, ui

person = ui.require_user()

SHOWN = 50
TURN = "import_turn"
PRESSED = "import_pressed"
SAID = "imported"
COLORS = {"new": "green", "update": "blue", "same": "gray", "error": "red"}
WORDS = {"new": "New", "update": "Changes", "same": "No change", "error": "Can’t be read"}


def map_columns(kind: Kind, sheet: Sheet, before: Mapped) -> dict[str, str]:
    st.subheader("Which column is what", anchor=False)
    guesses = imports.guess(kind, sheet, before)
    chosen: dict[str, str] = {}
    grid = st.grid("auto", min_column_width=190)
    for column, label in COLUMNS[kind].items():
        guessed = guesses.get(column)
        with grid:
            heading = st.selectbox(
                f"{label}{' (needed)' if column in NEEDED[kind] else ''}",
                sheet.headings,
                index=sheet.headings.index(guessed) if guessed else None,
                placeholder="Not in the file",
                disabled=busy,
                key=f"column_{kind}_{column}_{turn()}",
            )
        if heading:
            chosen[column] = heading
    return chosen


def map_statuses(kind: Kind, sheet: Sheet, column: str | None, before: Mapped) -> dict[str, str]:
    with database.transaction() as connection:
        known = imports.statuses(connection, kind)
    guesses = imports.guess_statuses(sheet, column, known, before)
    if not guesses:
        return {}
    st.subheader("What its statuses mean", anchor=False)
    chosen: dict[str, str] = {}
    grid = st.grid("auto", min_column_width=190)
    for place, (word, guessed) in enumerate(guesses.items()):
        with grid:
            meaning = st.selectbox(
                ui.plain(word),
                list(known),
                index=list(known).index(guessed) if guessed else None,
                format_func=known.__getitem__,
                placeholder="Choose",
                disabled=busy,
                key=f"status_{kind}_{place}_{turn()}",
            )
        if meaning:
            chosen[word] = meaning
    return chosen


def preview(plan: Plan) -> None:
    st.subheader("What it would do", anchor=False)
    with st.container(horizontal=True, gap="small"):
        for action, words in WORDS.items():
            count = plan.count(action)  # type: ignore[arg-type]
            if count:
                st.badge(f"{count:,} {words.lower()}", color=COLORS[action])  # type: ignore[arg-type]
    errors = [line for line in plan.lines if line.action == "error"]
    for line in errors[:SHOWN]:
        named = f" ({ui.plain(line.name)})" if line.name else ""
        st.markdown(f":red[:material/error: Line {line.number}{named}: {ui.plain(line.says)}]")
    if len(errors) > SHOWN:
        st.caption(f"And {len(errors) - SHOWN:,} more lines.")
    with st.expander("The lines", type="compact", key="lines"):
        for line in [line for line in plan.lines if line.action != "error"][:SHOWN]:
            says = f": {ui.plain(line.says)}" if line.says else ""
            st.markdown(f":{COLORS[line.action]}[{WORDS[line.action]}] {ui.plain(line.name)}{says}")
        if len(plan.lines) > SHOWN:
            st.caption(f"The first {SHOWN} of {len(plan.lines):,}.")


def decide(plan: Plan, mapped: Mapped) -> None:
    quiet = st.checkbox(
        "Import quietly: nobody is told of anything in this file", value=True, key=f"quiet_{turn()}", disabled=busy
    )
    ready = plan.count("new") + plan.count("update")
    if not quiet:
        st.warning(
            "Customers will be told of every job that moves and every invoice that is sent or paid by this file, "
            "as if each had been entered by hand.",
            icon=":material/outgoing_mail:",
        )
        telling.crowd(ready)
    left = plan.count("error")
    label = f"Import {ready:,} {'line' if ready == 1 else 'lines'}"
    st.button(
        f"{label}, leave {left:,} out" if left else label,
        type="primary",
        icon=":material/upload:",
        disabled=busy or not ready,
        key="import",
        on_click=press,
        args=[plan],
    )
    if pressed:
        carry_out(pressed, mapped, quiet)


def press(plan: Plan) -> None:
    """The page is drawn once more, with nothing left to press: another press would stop the import half-way."""
    st.session_state[PRESSED] = plan


def carry_out(plan: Plan, mapped: Mapped, quiet: bool) -> None:
    who = ui.require_user()
    lines = plan.count("new") + plan.count("update")
    st.caption("Stay on this page until it is done: if you leave, nothing of the file is kept.")
    try:
        with moving("Written", lines) as progress, database.transaction() as connection:
            imports.carry_out(
                connection,
                plan,
                mapped,
                quiet="all" if quiet else None,
                actor=who.actor,
                now=database.now(connection),
                progress=progress,
            )
    except InkbellError as error:
        st.session_state[SAID] = (False, f"{ui.sentence(error)} Nothing of the file was kept.")
        st.rerun()
    st.session_state[TURN] = turn() + 1
    st.session_state[SAID] = (
        True,
        f"Imported {plan.count('new'):,} new and {plan.count('update'):,} changed {plan.kind}"
        f"{', quietly' if quiet else ''}.",
    )
    st.rerun()


@contextmanager
def moving(verb: str, total: int) -> Iterator[Progress]:
    """A bar for work that takes a while; a short file is done before the first word of it."""
    bar = st.empty()
    yield lambda done: bar.progress(done / total, text=f"{verb} {done:,} of {total:,} lines")
    bar.empty()


def turn() -> int:
    """Part of every key, so that the next file starts with empty fields."""
    number: int = st.session_state.get(TURN, 0)
    return number


def looked_at(kind: Kind, sheet: Sheet, mapped: Mapped) -> Plan:
    with moving("Looked at", len(sheet.lines)) as progress, database.transaction() as connection:
        return imports.plan(connection, kind, sheet, mapped, progress)


def one_file(kind: Kind, data: bytes) -> None:
    try:
        sheet = imports.read(data)
        with database.transaction() as connection:
            before = imports.remembered(connection, kind)
    except InkbellError as error:
        st.error(ui.sentence(error), icon=":material/error:")
        return
    if before.columns:
        st.caption(":material/history: Mapped as the last time; change what is different.")
    columns = map_columns(kind, sheet, before)
    try:
        mapped = Mapped(columns, map_statuses(kind, sheet, columns.get("status"), before))
        plan = pressed or looked_at(kind, sheet, mapped)
    except InkbellError as error:
        st.info(ui.sentence(error), icon=":material/info:")
        return
    preview(plan)
    decide(plan, mapped)


st.title("Import", anchor=False)
if not person.sees_contents:
    st.info("Files with customers in them are for sales and admins.", icon=":material/visibility_off:")
    st.stop()
st.write(
    "From a CSV file of your old program. A second import of the same file changes what has changed and adds the rest."
)
well, said = st.session_state.pop(SAID, (True, None))
if said:
    (st.success if well else st.error)(said, icon=":material/check:" if well else ":material/error:")
pressed: Plan | None = st.session_state.pop(PRESSED, None)
busy = pressed is not None
kinds: list[Kind] = ["customers", "jobs", "invoices"]
kind: Kind = st.segmented_control(
    "What is in the file", kinds, default="customers", required=True, format_func=str.capitalize, key="kind",
    bind="query-params", disabled=busy,
) or "customers"  # fmt: skip
st.caption("Customers first, then jobs, then invoices: each names the one before.")
files.expect()
file = st.file_uploader(
    "CSV file", type=["csv", "txt", "tsv"], key=f"file_{kind}_{turn()}", max_upload_size=10, disabled=busy
)
if file is not None:
    one_file(kind, file.getvalue())
