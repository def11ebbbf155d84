"""One job: moving it, its proofs, parcels and invoices; and entering a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from engine import job_entry, jobs, moves
from engine.job_entry import Job, Order
from engine.store import database, standing
from engine.store.standing import Standing
from pages import bills, choosing, kept, parcels, proofing, telling, times, ui
from pages.acts import act, at_press, submit
from pages.strip import strip

person = ui.require_user()

WAYS = {"pickup": "Pickup", "ship": "Ship", "deliver": "Deliver"}
CONTACT = {"contact_name": "Name", "contact_email": "Email", "contact_phone": "Phone"}


def one(job: Job) -> None:
    with database.transaction() as connection:
        now = standing.read(connection)
        labels = ui.told_apart(standing.status_labels(connection))
    st.title(f"{ui.plain(job.number)} {ui.plain(job.title)}", anchor=False)
    ui.link("shop", "The board", ":material/arrow_back:", station=ui.plain(labels[job.status]))
    strip()
    facts(job, now)
    tabs: dict[str, Callable[[], None]] = {"Move": lambda: mover(job, labels, now)}
    if person.may_move_any_job:
        tabs["Proofs"] = lambda: proofing.draw(job, now)
    tabs["Tracking"] = lambda: parcels.draw(job, now)
    if person.sees_contents:
        tabs["Invoices"] = lambda: bills.of_job(job, now)
    if person.may_move_any_job:
        tabs["Details"] = lambda: correct(job)
    chosen = st.segmented_control(
        "Part", list(tabs), default="Move", required=True, key="part", bind="query-params", label_visibility="collapsed"
    )
    tabs.get(chosen or "Move", tabs["Move"])()


def facts(job: Job, now: Standing) -> None:
    whose = f"{job.customer}, {job.company}" if job.company else job.customer
    due = f"due {times.day(job.due_date, now.now, now.zone)}" if job.due_date else "no due date"
    parts = [due, ui.pieces(job.quantity), WAYS.get(job.way or "", "").lower()]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(ui.plain(job.status_label), color="blue")
        if job.messages_paused:
            st.badge("Messages paused", color="orange", icon=":material/pause:")
        st.markdown(f"{ui.plain(whose)} · {' · '.join(filter(None, parts))}", width="content")
    if not person.sees_contents:
        return
    reach = [part for part in (job.contact_email or job.email, job.contact_phone or job.phone) if part]
    if reach and job.contact_name:
        reach.insert(0, job.contact_name)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(ui.plain(" · ".join(reach)) if reach else "This customer has no address.", width="content")
        ui.link("customers", "Customer", ":material/person:", customer=str(job.customer_id))
        ui.link("record", "What was said", ":material/manage_search:", job=job.number)
        st.button(
            "Resume messages" if job.messages_paused else "Pause messages",
            key="pause_job",
            type="tertiary",
            icon=":material/play_arrow:" if job.messages_paused else ":material/pause:",
            on_click=pause,
            args=[job.id, not job.messages_paused],
        )


def correct(job: Job) -> None:
    with database.transaction() as connection:
        people = job_entry.sales_people(connection)
    part = f"job_{job.id}"
    kept.follow(part, shown(job, people))
    with st.form(part, border=True):
        values: dict[str, Any] = {
            "title": st.text_input("What is it", kept.shown(part, "title"), key=kept.key(part, "title"))
        }
        grid = st.grid("auto", min_column_width=200)
        with grid:
            pieces, key = kept.shown(part, "quantity"), kept.key(part, "quantity")
            values["quantity"] = st.number_input("Pieces", 0, job_entry.MOST_PIECES, value=pieces, step=1, key=key)
        with grid:
            values["due_date"] = st.date_input(
                "Due", value=kept.shown(part, "due_date"), key=kept.key(part, "due_date")
            )
        with grid:
            values["delivery_method"] = way(kept.shown(part, "delivery_method"), kept.key(part, "delivery_method"))
        rep = kept.shown(part, "sales_rep_id")
        with grid:
            values["sales_rep_id"] = st.selectbox(
                "Looked after by",
                list(people),
                index=list(people).index(rep) if rep else None,
                format_func=people.__getitem__,
                placeholder="Nobody in particular",
                help="Replies to this job’s emails go to them.",
                key=kept.key(part, "sales_rep_id"),
            )
        st.caption("Another contact than the customer’s own, for this job’s messages:")
        contact = st.grid("auto", min_column_width=200)
        for name, label in CONTACT.items():
            with contact:
                values[name] = st.text_input(label, kept.shown(part, name), key=kept.key(part, name))
        saved = st.form_submit_button("Save", type="primary", icon=":material/check:")
    if saved:
        typed = {name: values[name] for name in kept.touched(part)}
        submit(
            lambda connection, actor, now: job_entry.change(connection, job.id, typed, actor=actor, now=now),
            lambda changed: "Saved; nobody is told of a correction" if changed else "Nothing had changed",
            then=lambda _: kept.forget(part),
        )


def shown(job: Job, people: dict[int, str]) -> dict[str, Any]:
    """What the fields of a correction start with. Whoever has left the shop is not among those to choose from."""
    words = {name: getattr(job, name) or "" for name in ("title", *CONTACT)}
    rep = job.sales_rep_id if job.sales_rep_id in people else None
    more = {"quantity": job.quantity, "due_date": job.due_date, "delivery_method": job.delivery_method}
    return {**words, **more, "sales_rep_id": rep}


def way(present: str | None, key: str) -> str | None:
    return st.selectbox(
        "Delivery",
        list(WAYS),
        index=list(WAYS).index(present) if present in WAYS else None,
        format_func=WAYS.__getitem__,
        placeholder="As the customer’s",
        key=key,
    )


def pause(job_id: int, paused: bool) -> None:
    act(
        lambda connection, actor, now: job_entry.pause(connection, job_id, paused, actor=actor, now=now),
        "Nothing about this job goes to the customer now" if paused else "Messages go out again",
    )


def mover(job: Job, labels: dict[str, str], now: Standing) -> None:
    reachable = jobs.may_become(person, job.status, tuple(labels))
    if not reachable:
        st.caption("Sales moves this one.")
        return
    to = st.pills(
        "Move to",
        reachable,
        format_func=lambda status: ui.plain(labels[status]),
        key=f"to_{job.id}",
        label_visibility="collapsed",
    )
    if to is None:
        st.caption("Choose where it goes; nothing happens before you confirm.")
        return
    quiet = st.checkbox("Don’t notify the customer", key=f"quiet_{job.id}")
    if quiet:
        st.markdown(":material/notifications_off: The customer is not told of this move.")
    else:
        with database.transaction() as connection:
            outlook = moves.outlook(connection, [job.id], now.now)
        telling.in_full(outlook.told(job.id, to), person, now)
    st.button(
        f"Move to {ui.plain(labels[to])}",
        key=f"move_{job.id}",
        type="primary",
        on_click=move,
        args=[job, to, labels[to]],
        icon=":material/arrow_forward:",
    )


def move(job: Job, to: str, label: str) -> None:
    quiet: jobs.Quiet | None = "customers" if at_press(f"quiet_{job.id}", False) else None
    act(
        lambda connection, actor, now: jobs.move(connection, job.id, to, actor=actor, quiet=quiet, was=job.status),
        f"Job {ui.plain(job.number)} moved to {ui.plain(label)}",
    )


def new() -> None:
    st.title("New job", anchor=False)
    ui.link("shop", "The board", ":material/arrow_back:")
    if not person.may_move_any_job:
        st.info("Sales enters new jobs.", icon=":material/visibility_off:")
        return
    given = st.query_params.get("customer", "")
    customer = choosing.customer("new_job", chosen=int(given) if given.isdecimal() else None)
    if customer is None:
        return
    with database.transaction() as connection:
        labels = ui.told_apart(standing.status_labels(connection))
    with st.form("new_job", border=True):
        title = st.text_input("What is it", st.query_params.get("title", ""), placeholder="Spring run shirts")
        ordered = st.checkbox(
            "The customer ordered this by phone, email or counter: send the confirmation", key="ordered", value=False
        )
        grid = st.grid("auto", min_column_width=200)
        with grid:
            quantity = st.number_input("Pieces", 0, job_entry.MOST_PIECES, value=None, step=1, key="quantity")
        with grid:
            due = st.date_input("Due", value=None, key="due")
        with grid:
            chosen = way(customer.delivery_method, "way")
        with grid:
            status = st.selectbox("Station", list(labels), format_func=labels.__getitem__, key="first_status")
        with st.expander("Another contact for this job", type="compact"):
            contact = [st.text_input(label, key=f"contact_{label}") for label in ("Name", "Email", "Phone")]
        saved = st.form_submit_button("Enter the job", type="primary", icon=":material/check:")
    if saved:
        name, email, phone = (text or "" for text in contact)
        order = Order(customer.id, title or "", status, ordered, quantity, due, chosen, name, email, phone)
        enter(order)


def enter(order: Order) -> None:
    submit(
        lambda connection, actor, now: job_entry.create(connection, order, actor=actor, now=now),
        lambda number: f"Job {ui.plain(number)} is entered",
        then=lambda number: st.query_params.from_dict({"job": number}),
    )


if "new" in st.query_params:
    new()
elif "tracking" in st.query_params:
    parcels.many()
else:
    asked = st.query_params.get("job", "")
    with database.transaction() as connection:
        found = job_entry.find(connection, asked)
    if found:
        one(found)
    else:
        st.title("Job", anchor=False)
        st.info(
            f"There is no job {ui.plain(asked)}." if asked else "Choose a job on the board.", icon=":material/info:"
        )
        ui.link("shop", "The board", ":material/arrow_back:")
