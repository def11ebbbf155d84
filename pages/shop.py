"""Shop: the board, one station at a time, and moving jobs on."""

from __future__ import annotations

import streamlit as st

from engine import jobs, moves
from engine.moves import Outlook
from engine.store import database, standing
from engine.store.standing import Standing
from pages import telling, times, ui
from pages.acts import act
from pages.strip import strip

person = ui.require_user()

MOST = 40
MOVING = "moving"


def move(
    job_id: int, number: str, was: str, to: str, label: str, quiet: jobs.Quiet | None = None, *, anew: bool = False
) -> None:
    st.session_state.pop(MOVING, None)
    act(
        lambda connection, actor, now: jobs.move(connection, job_id, to, actor=actor, quiet=quiet, was=was),
        f"Job {ui.plain(number)} moved to {ui.plain(label)}",
        anew=anew,
    )


def ask(job_id: int) -> None:
    if chosen := st.session_state.get(f"menu_{job_id}"):
        st.session_state[MOVING] = (job_id, chosen)


def stay() -> None:
    st.session_state.pop(MOVING, None)


@st.dialog("Move a job", icon=":material/arrow_forward:", on_dismiss=stay)
def confirm(job: jobs.Job, to: str, label: str, outlook: Outlook, now: Standing) -> None:
    ui.require_user()
    st.markdown(f"**{ui.plain(job.number)}** {ui.plain(job.title)}")
    st.markdown(f"{ui.plain(job.status_label)} :material/arrow_forward: **{ui.plain(label)}**")
    quiet = st.checkbox("Don’t notify the customer", key=f"quiet_{job.id}")
    if quiet:
        st.markdown(":material/notifications_off: The customer is not told of this move.")
    else:
        telling.in_full(outlook.told(job.id, to), person, now)
    if st.button(f"Move to {ui.plain(label)}", key="confirm_move", type="primary", width="stretch"):
        move(job.id, job.number, job.status, to, label, "customers" if quiet else None, anew=True)


def facts(job: jobs.Job, now: Standing) -> str:
    late = job.due_date is not None and job.due_date < now.now.astimezone(now.zone).date()
    due = f"due {times.day(job.due_date, now.now, now.zone)}" if job.due_date else "no due date"
    parts = [
        f":red[**{due}**]" if late else f"**{due}**",
        f"{job.quantity:,} pcs" if job.quantity else "",
        job.delivery_method or "",
    ]
    return " · ".join(filter(None, parts))


def card(job: jobs.Job, labels: dict[str, str], outlook: Outlook, now: Standing, *, named: bool) -> None:
    whose = f"{job.customer}, {job.company}" if job.company else job.customer
    with st.container(border=True, height="stretch", gap="small"):
        with st.container(gap=None):
            st.markdown(f"##### {ui.plain(job.number)} {ui.plain(job.title)}")
            st.markdown(f":small[:gray[{ui.plain(whose)}]]")
            st.markdown(f":small[{facts(job, now)}]")
        if named:
            st.badge(ui.plain(job.status_label), color="gray")
        if job.messages_paused:
            st.badge("Messages paused", color="orange", icon=":material/pause:")
        controls(job, labels, outlook)


def controls(job: jobs.Job, labels: dict[str, str], outlook: Outlook) -> None:
    reachable = jobs.may_become(person, job.status, tuple(labels))
    step = jobs.next_step(job, tuple(labels))
    if step in reachable:
        with st.container(gap="xsmall"):
            st.button(
                ui.plain(labels[step]),
                key=f"next_{job.id}",
                on_click=move,
                args=[job.id, job.number, job.status, step, labels[step]],
                icon=":material/arrow_forward:",
                width="stretch",
                type="primary",
            )
            st.caption(telling.in_short(outlook.told(job.id, step)))
    elif not reachable:
        st.caption("Sales moves this one.")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        if reachable:
            st.menu_button(
                "Move",
                [status for status in reachable if status != step],
                format_func=lambda status: ui.plain(labels[status]),
                key=f"menu_{job.id}",
                on_click=ask,
                args=[job.id],
                icon=":material/swap_horiz:",
            )
        ui.link("jobs", "Open", ":material/open_in_full:", job=job.number)


def choose_station(labels: dict[str, str], counts: dict[str, int]) -> str:
    """The stations at which something waits, and the one that somebody stands at."""
    here = st.session_state.get("station")
    shown = [key for key in labels if counts.get(key) or key == here]
    first = next((key for key in shown if key not in jobs.DONE), shown[0])
    mine = "in_production" if person.role == "production" and "in_production" in shown else first
    chosen = st.pills(
        "Station",
        shown,
        default=mine,
        required=True,
        format_func=lambda key: ui.plain(labels[key]),
        key="station",
        bind="query-params",
        wrap=False,
        label_visibility="collapsed",
    )
    return chosen or mine


def board() -> None:
    words = (
        st.text_input(
            "Search all jobs",
            type="search",
            key="q",
            live=True,
            bind="query-params",
            placeholder="Search all jobs: number, title or customer",
            icon=":material/search:",
            label_visibility="collapsed",
        )
        or ""
    ).strip()
    with database.transaction() as connection:
        now = standing.read(connection)
        labels = ui.told_apart(standing.status_labels(connection))
        counts = jobs.stations(connection)
    if not counts:
        empty()
        return
    station = None if words else choose_station(labels, counts)
    with database.transaction() as connection:
        found = jobs.board(connection, search=words, status=station, limit=MOST)
        outlook = moves.outlook(connection, [job.id for job in found.jobs], now.now)
    said = ui.counted(found.total, "job")
    where = (
        f"{'matches' if found.total == 1 else 'match'} “{ui.plain(words)}”"
        if words
        else f"in {ui.plain(labels[station or ''])}"
    )
    more = f", the {MOST} that are due first" if found.total > MOST else ", the first due first"
    st.caption(f"{said} {where}{more if found.total > 1 else ''}.")
    grid = st.grid("auto", min_column_width=256, gap="small")
    for job in found.jobs:
        with grid:
            card(job, labels, outlook, now, named=bool(words))
    if MOVING in st.session_state:
        job_id, to = st.session_state[MOVING]
        chosen = next((job for job in found.jobs if job.id == job_id), None)
        if chosen and to in labels:
            confirm(chosen, to, labels[to], outlook, now)


def empty() -> None:
    st.info(
        "No jobs yet. They appear when the shop’s own system writes them, when somebody enters one with New job above, "
        "or from a file of your old program.",
        icon=":material/view_kanban:",
    )
    if person.sees_contents:
        ui.link("imports", "Import jobs", ":material/upload_file:")


with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    st.title("Shop", anchor=False, width="content")
    with st.container(horizontal=True, width="content", gap="small"):
        if person.may_move_any_job:
            ui.link("jobs", "New job", ":material/add:", new="1")
        ui.link("jobs", "Add tracking", ":material/local_shipping:", tracking="1")
strip()
board()
