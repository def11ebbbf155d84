"""Health: whether Inkbell itself is well, and how long a change takes to reach somebody."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from engine import restoring, vital_signs
from engine.access import Person
from engine.catalog.reasons import REASONS
from engine.restoring import LastRestore
from engine.store import backup, database, standing
from engine.store.standing import Standing
from engine.vital_signs import Latency, Sidecar, Signs
from pages import times, ui

ui.require_user()

CHANNELS = {"email": "Email", "sms": "Texts", "in_app": "In the app", "toast": "Toasts"}
SERVICES = {"smtp": "The mail server", "twilio": "Twilio", "stripe": "Stripe"}
STATUSES = {
    "queued": "Waiting",
    "sending": "Being sent",
    "held": "Held",
    "unknown": "Unknown",
    "failed": "Failed",
}
# One missed night is a computer that was off; two are a fault.
OLD = timedelta(days=2)
# `st.bar_chart` would come to the same by way of a library that takes a second to load.
BARS = {
    "mark": {"type": "bar", "tooltip": True},
    "encoding": {
        "x": {"field": "Hour", "type": "ordinal", "sort": None, "title": None},
        "y": {"field": "Sent", "type": "quantitative", "title": None, "axis": {"tickMinStep": 1}},
    },
}
NEEDS_A_PERSON = ("held", "unknown", "failed")


def ago(moment: datetime, now: Standing) -> str:
    """Short stretches are counted; longer ago than a day it is a date."""
    past = now.now - moment
    if past < timedelta(seconds=1):
        return "just now"
    if past < timedelta(minutes=2):
        return f"{past.seconds} s ago"
    return f"{lasting(past)} ago" if past < timedelta(days=1) else times.said(moment, now.now, now.zone)


def lasting(time: timedelta | None) -> str:
    if time is None:
        return "–"
    seconds = max(time.total_seconds(), 0.0)
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def heartbeat(signs: Signs, now: Standing) -> None:
    one = signs.sidecar
    if one is None:
        st.error(
            "No sidecar has ever run. Start it with `make run`, or alone with `python -m sidecar`.",
            icon=":material/power_off:",
        )
        return
    if one.alive:
        running = sum(sidecar.alive for sidecar in signs.sidecars)
        more = f" · {running} of them share the work" if running > 1 else ""
        st.success(f"The sidecar runs. It beat {ago(one.beat_at, now)}{more}.", icon=":material/favorite:")
    else:
        st.error(
            f"The sidecar last beat {ago(one.beat_at, now)}. Start it again with `python -m sidecar`.",
            icon=":material/heart_broken:",
        )
    st.caption(ui.plain(" · ".join(about(one, now))))


def about(one: Sidecar, now: Standing) -> list[str]:
    said = [f"Version {one.version}"] if one.version else []
    said.append(f"running since {times.said(one.started_at, now.now, now.zone)}")
    if one.scanned_at:
        said.append(f"looked for due dates {ago(one.scanned_at, now)}")
    if one.next_scan_at and one.alive:
        left = one.next_scan_at - now.now
        said.append("looks again now" if left <= timedelta(0) else f"looks again in {lasting(left)}")
    return said


def outages(signs: Signs, now: Standing) -> None:
    for fault in signs.faults:
        since = f" since {times.said(fault.since, now.now, now.zone)}" if fault.since else ""
        with st.container(border=True, gap="xxsmall"):
            st.markdown(f":material/cloud_off: **{SERVICES[fault.provider]} does not work{since}.** Its messages wait.")
            st.text(fault.said)


def queue(signs: Signs, now: Standing) -> None:
    st.subheader("Queue", anchor=False)
    grid = st.grid("auto", min_column_width=140, gap="small")
    for status, label in STATUSES.items():
        by_channel = signs.waiting.get(status, {})
        told = ", ".join(f"{CHANNELS[channel].lower()} {count:,}" for channel, count in by_channel.items())
        with grid:
            st.metric(label, f"{signs.in_status(status):,}", border=True, help=told or None)
    oldest = signs.oldest
    if oldest is None:
        st.caption("Nothing that may go now is waiting.")
    else:
        st.write(
            f"The oldest that may go now is {CHANNELS[oldest.channel].lower()} that has waited "
            f"{lasting(now.now - oldest.due_at)}."
        )
    if signs.undecided:
        stuck = f" {signs.stuck_events:,} could not be worked through yet." if signs.stuck_events else ""
        since = f", the oldest from {ago(signs.undecided_since, now)}" if signs.undecided_since else ""
        st.write(f"{ui.counted(signs.undecided, 'change')} to be looked at{since}.{stuck}")
    if any(signs.in_status(status) for status in NEEDS_A_PERSON):
        ui.link("messages", "Look at what needs a person", ":material/arrow_forward:", status="Needs a person")


def speed(latency: Latency) -> None:
    st.subheader("From the change to the hand-off, last 24 hours", anchor=False)
    if not latency.handed_off:
        st.caption("Nothing was handed over in this time.")
        return
    grid = st.grid("auto", min_column_width=140, gap="small")
    for label, time in (
        ("Half within", latency.ours_p50),
        ("95 % within", latency.ours_p95),
        ("Half, with waits", latency.whole_p50),
        ("95 %, with waits", latency.whole_p95),
    ):
        with grid:
            st.metric(label, lasting(time), border=True)
    st.caption(
        f"Of {latency.handed_off:,} messages. The waits are on purpose: the time to undo a move, hours for texts and "
        "reminders, a pause."
    )


def traffic(signs: Signs, now: Standing) -> None:
    st.subheader("Sent per hour", anchor=False)
    total = sum(count for _, count in signs.per_hour)
    if not total:
        st.caption("Nothing in the last 24 hours.")
        return
    hours = [{"Hour": f"{at.astimezone(now.zone):%H}", "Sent": count} for at, count in signs.per_hour]
    st.vega_lite_chart(
        hours,
        BARS,
        height=160,
        width="stretch",
        alt=f"{ui.counted(total, 'message')} in the last 24 hours",
    )
    st.caption(f"{total:,} in the last 24 hours, by the hour of the shop’s clock.")


def failures(signs: Signs) -> None:
    st.subheader("Failures, last 7 days", anchor=False)
    if not signs.failures:
        st.caption("None.")
    for channel, reason, count in signs.failures:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(f"{count:,}", color="red")
            st.markdown(f"{CHANNELS[channel]} · {ui.plain(REASONS.get(reason, reason))}", width="stretch")


def backups(restored: LastRestore | None, person: Person, now: Standing) -> None:
    st.subheader("Backups", anchor=False)
    made_at = backup.last(now.now)
    if made_at is None:
        st.warning(
            "There is no backup yet. A running sidecar makes one a day; make the first one now with `make backup`.",
            icon=":material/backup:",
        )
    elif now.now - made_at > OLD:
        st.warning(
            f"The newest backup is from {times.said(made_at, now.now, now.zone)}, so what came after it would be lost "
            "with the disk. A running sidecar makes one a day; make one now with `make backup`, which also says what "
            "stands in its way.",
            icon=":material/backup:",
        )
    else:
        st.markdown(f":material/backup: The newest is from {times.said(made_at, now.now, now.zone)}.")
    st.caption("Keep a copy of them, and of the key, on another machine: a disk that fails takes both along.")
    if restored:
        restoring_of(restored, person, now)


def restoring_of(restored: LastRestore, person: Person, now: Standing) -> None:
    st.markdown(
        f":material/restore: {ui.plain(restored.actor)} put the backup {ui.plain(restored.file)} back "
        f"{times.said(restored.at, now.now, now.zone)}."
    )
    if restored.held:
        was = "1 message is" if restored.held == 1 else f"{restored.held:,} messages are"
        st.markdown(f":material/front_hand: {was} still held since then: they may have gone out already.")
        if person.sees_contents:
            ui.link("messages", "Look at each, then release or discard it", ":material/arrow_forward:", status="Held")
    if restored.events:
        label = "1 change" if restored.events == 1 else f"{restored.events:,} changes"
        with st.expander(f"{label} not worked through when the backup was made", type="compact", key="older"):
            for event in restored.named:
                st.text(event)
            if restored.events > len(restored.named):
                st.caption(f"And {restored.events - len(restored.named):,} more.")


@st.fragment(run_every=5)
def pulse() -> None:
    person = ui.require_user()
    with ui.explained():
        with database.transaction() as connection:
            now = standing.read(connection)
            signs = vital_signs.read(connection, now.now)
            restored = restoring.last(connection)
        heartbeat(signs, now)
        outages(signs, now)
        queue(signs, now)
        speed(signs.latency)
        traffic(signs, now)
        failures(signs)
        backups(restored, person, now)


st.title("Health", anchor=False)
pulse()
