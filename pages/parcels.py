"""Tracking numbers, pasted: for one job, or for many at once."""

from __future__ import annotations

import streamlit as st

from engine import shipments
from engine.job_entry import Job
from engine.jobs import Quiet
from engine.shipments import Parcel, Unread
from engine.store import database
from engine.store.standing import Standing
from pages import telling, ui
from pages.acts import act, at_press
from pages.strip import strip


def draw(job: Job, now: Standing) -> None:
    with database.transaction() as connection:
        there = shipments.of_job(connection, job.id)
    for parcel in there:
        st.markdown(
            f":material/package_2: {ui.plain(parcel.carrier or 'Carrier not known')} {ui.plain(parcel.tracking_number)}"
        )
    if not there:
        st.caption("No parcels yet.")
    paste("1Z999AA10123456784\nUSPS 9400111899223197428490", job.number, now)


def many() -> None:
    st.title("Add tracking", anchor=False)
    ui.link("shop", "The board", ":material/arrow_back:")
    st.write("One parcel a line: the job’s number, the carrier if you know it, and the tracking number.")
    strip()
    paste("1042 UPS 1Z999AA10123456784\n1043 9400111899223197428490", None, ui.shop())


def paste(example: str, job: str | None, now: Standing) -> None:
    key = f"parcels_{job or 'many'}"
    text = st.text_area("Tracking numbers, one a line", key=key, placeholder=example, height=140)
    quiet = st.checkbox("Don’t notify the customer", key=f"{key}_quiet")
    found, unread = shipments.read(text or "", job)
    preview(found, unread, named=job is None)
    who = ui.require_user()
    telling.before(
        lambda c: shipments.add(c, found, actor=who.actor, now=now.now),
        who, now, quiet=quiet, shown=bool(found) and not unread,
    )  # fmt: skip
    if not quiet:
        telling.crowd(len({parcel.job for parcel in found}))
    st.button(
        f"Add {len(found)} {'parcel' if len(found) == 1 else 'parcels'}" if found else "Add",
        key=f"{key}_add",
        type="primary",
        icon=":material/local_shipping:",
        disabled=not found or bool(unread),
        on_click=add,
        args=[job, key],
    )


def preview(found: tuple[Parcel, ...], unread: tuple[Unread, ...], *, named: bool) -> None:
    for line in unread[:10]:
        st.markdown(f":red[:material/error: Line {line.line}: {ui.plain(line.problem)}]")
    for parcel in found[:20]:
        whose = f"Job {ui.plain(parcel.job)}: " if named else ""
        st.markdown(
            f":material/check: {whose}{ui.plain(parcel.carrier or 'carrier not known')} {ui.plain(parcel.number)}"
        )


def add(job: str | None, key: str) -> None:
    found, unread = shipments.read(at_press(key, "") or "", job)
    whom: Quiet | None = "customers" if at_press(f"{key}_quiet", False) else None
    if unread or not found:
        return  # The page names the lines.
    added = act(
        lambda connection, actor, now: shipments.add(connection, found, actor=actor, now=now, quiet=whom),
        lambda new: "Tracking added" if new else "These numbers were there already; nothing is told again",
        ":material/local_shipping:",
    )
    if added:
        st.session_state[key] = ""
