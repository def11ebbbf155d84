"""Shop: the jobs in process, and moving them on."""

from math import ceil

import streamlit as st

from engine import jobs
from engine.errors import InkbellError
from engine.store import database, standing
from engine.store.standing import Standing
from pages import times, ui

person = ui.require_user()

PER_PAGE = 25
EVERY_STATUS = "In process"


def move(job: jobs.Job, labels: dict[str, str]) -> None:
    who = ui.require_user()
    to = st.session_state.get(f"to_{job.id}")
    if to is None:
        st.toast("Choose a status first", icon=":material/info:")
        return
    quiet: jobs.Quiet | None = "customers" if st.session_state.get(f"quiet_{job.id}") else None
    try:
        with database.transaction() as connection:
            jobs.move(connection, job.id, to, actor=who.actor, quiet=quiet, was=job.status)
    except InkbellError as error:
        st.toast(ui.sentence(error), icon=":material/error:")
        return
    st.session_state[f"to_{job.id}"] = None
    st.session_state[f"quiet_{job.id}"] = False
    st.toast(f"Job {ui.plain(job.number)} moved to {ui.plain(labels[to])}", icon=":material/check:")


def facts(job: jobs.Job, now: Standing) -> str:
    whose = f"{job.customer}, {job.company}" if job.company else job.customer
    due = f"due {times.day(job.due_date, now.now, now.zone)}" if job.due_date else "no due date"
    return f"{ui.plain(whose)} · {due}"


def row(job: jobs.Job, labels: dict[str, str], now: Standing) -> None:
    reachable = jobs.may_become(person, job.status, tuple(labels))
    with (
        st.container(border=True),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"),
    ):
        with st.container(width=330, gap=None):
            st.markdown(f"**{ui.plain(job.number)}** {ui.plain(job.title)}")
            st.markdown(f":gray-badge[{ui.plain(job.status_label)}] :small[:gray[{facts(job, now)}]]")
        if not reachable:
            st.caption("Sales moves this one.", width="content")
            return
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            st.selectbox(
                f"Move job {ui.plain(job.number)} to",
                reachable,
                index=None,
                format_func=labels.__getitem__,
                placeholder="Move to",
                key=f"to_{job.id}",
                label_visibility="collapsed",
                width=200,
            )
            st.checkbox("Don’t notify", key=f"quiet_{job.id}")
            st.button("Move", key=f"move_{job.id}", on_click=move, args=[job, labels], icon=":material/arrow_forward:")


def board() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Search jobs",
            type="search",
            key="q",
            live=True,
            bind="query-params",
            placeholder="Number, title or customer",
            icon=":material/search:",
            width=380,
        )
        with database.transaction() as connection:
            labels = standing.status_labels(connection)
        status = st.selectbox(
            "Status",
            [EVERY_STATUS, *labels],
            format_func=lambda key: labels.get(key, key),
            key="status",
            width=240,
        )
    search, only = words or "", None if status == EVERY_STATUS else status
    number = st.session_state.get("page", 1)
    with database.transaction() as connection:
        now = standing.read(connection)
        found = jobs.board(connection, search=search, status=only, limit=PER_PAGE, offset=PER_PAGE * (number - 1))
        if not found.jobs and number > 1:
            found = jobs.board(connection, search=search, status=only, limit=PER_PAGE)
    for job in found.jobs:
        row(job, labels, now)
    if not found.jobs:
        nothing(search, only)
    if found.total > PER_PAGE:
        st.pagination(ceil(found.total / PER_PAGE), key="page")


def nothing(search: str, status: str | None) -> None:
    if search.strip():
        st.info(f"No job matches “{ui.plain(search)}”.", icon=":material/search_off:")
    elif status:
        st.caption("No job has this status.")
    else:
        st.info(
            "No jobs in process. They appear when the shop’s system writes them; "
            "`python -m engine demo` loads a made-up shop.",
            icon=":material/view_kanban:",
        )


st.title("Shop", anchor=False)
st.write("Jobs in process. A move tells whoever the rules say, unless you tick “Don’t notify”.")
board()
