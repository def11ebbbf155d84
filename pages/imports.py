"""Import: customers, jobs and invoices from the CSV files of another program."""

from __future__ import annotations

import streamlit as st

from engine import imports
from engine.errors import InkbellError
from engine.imports import COLUMNS, NEEDED, Kind, Mapped, Plan, Sheet
from engine.store import database
from pages import ui

person = ui.require_user()

SHOWN = 50
TURN = "import_turn"
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
    quiet = st.checkbox("Import quietly: nobody is told of anything in this file", value=True, key=f"quiet_{turn()}")
    if not quiet:
        st.warning(
            "Customers will be told of every job that moves and every invoice that is sent or paid by this file, "
            "as if each had been entered by hand.",
            icon=":material/outgoing_mail:",
        )
    ready = plan.count("new") + plan.count("update")
    left = plan.count("error")
    label = f"Import {ready:,} {'line' if ready == 1 else 'lines'}"
    st.button(
        f"{label}, leave {left:,} out" if left else label,
        type="primary",
        icon=":material/upload:",
        disabled=not ready,
        key="import",
        on_click=carry_out,
        args=[plan, mapped, quiet],
    )


def carry_out(plan: Plan, mapped: Mapped, quiet: bool) -> None:
    who = ui.require_user()
    try:
        with database.transaction() as connection:
            now = database.now(connection)
            imports.carry_out(connection, plan, mapped, quiet="all" if quiet else None, actor=who.actor, now=now)
    except InkbellError as error:
        st.toast(ui.sentence(error), icon=":material/error:")
        return
    st.session_state[TURN] = turn() + 1
    st.session_state["imported"] = (
        f"Imported {plan.count('new'):,} new and {plan.count('update'):,} changed {plan.kind}"
        f"{', quietly' if quiet else ''}."
    )


def turn() -> int:
    """Part of every key, so that the next file starts with empty fields."""
    number: int = st.session_state.get(TURN, 0)
    return number


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
    mapped = Mapped(columns, map_statuses(kind, sheet, columns.get("status"), before))
    try:
        with database.transaction() as connection:
            plan = imports.plan(connection, kind, sheet, mapped)
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
if said := st.session_state.pop("imported", None):
    st.success(said, icon=":material/check:")
kinds: list[Kind] = ["customers", "jobs", "invoices"]
kind: Kind = st.segmented_control(
    "What is in the file", kinds, default="customers", required=True, format_func=str.capitalize, key="kind",
    bind="query-params",
) or "customers"  # fmt: skip
st.caption("Customers first, then jobs, then invoices: each names the one before.")
file = st.file_uploader("CSV file", type=["csv", "txt", "tsv"], key=f"file_{kind}_{turn()}", max_upload_size=10)
if file is not None:
    one_file(kind, file.getvalue())
