"""Messages: what went out, what waits, and what needs a person."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from math import ceil

import streamlit as st

from engine.catalog.rules import RULES
from engine.catalog.statuses import MESSAGE_STATUSES
from engine.deliver import export, log
from engine.store import database
from engine.store.standing import Standing
from pages import acting, times, ui

person = ui.require_user()

ALL, NEEDS_A_PERSON = "all", "needs a person"
CHANNELS = {"email": "Email", "sms": "Text message", "in_app": "In the app", "toast": "Toast"}
TITLES = {rule.key: rule.title for rule in RULES} | {"test_send": "Test", "system_alert": "Alert"}
FILTERS = ("rule", "channel", "customer", "about", "days", "q")


def statuses() -> str:
    # Labels without the numbers: a number that moves between drawing and clicking would lose the click.
    chosen = st.segmented_control(
        "Status",
        [ALL, NEEDS_A_PERSON, *MESSAGE_STATUSES],
        default=ALL,
        required=True,
        format_func=str.capitalize,
        key="status",
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or ALL


def filters(now: Standing) -> log.Wanted:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search messages",
            type="search",
            key="q",
            bind="query-params",
            placeholder="Subject, words or address",
            icon=":material/search:",
            label_visibility="collapsed",
            width=320,
        )
        used = sum(bool(st.session_state.get(name)) for name in FILTERS if name != "q")
        with st.popover(f"Filters ({used})" if used else "Filters", icon=":material/filter_list:", width="content"):
            rule = st.selectbox(
                "Trigger", list(TITLES), index=None, format_func=TITLES.__getitem__, placeholder="Any",
                key="rule", bind="query-params",
            )  # fmt: skip
            channel = st.selectbox(
                "Channel", list(CHANNELS), index=None, format_func=CHANNELS.__getitem__, placeholder="Any",
                key="channel", bind="query-params",
            )  # fmt: skip
            customer = st.text_input(
                "Customer", key="customer", bind="query-params", placeholder="Name, company or email"
            )
            about = st.text_input("Job or invoice", key="about", bind="query-params", placeholder="Its number")
            days = st.date_input("Days", value=(), key="days")
            st.button("Clear all filters", on_click=clear, icon=":material/filter_list_off:", disabled=not used)
    since, until = bounds(days, now)
    return log.Wanted(
        rule_key=rule,
        channel=channel,
        customer=(customer or "").strip() or None,
        about=(about or "").strip() or None,
        since=since,
        until=until,
        text=(text or "").strip() or None,
    )


def clear() -> None:
    for name in FILTERS:
        st.session_state[name] = () if name == "days" else None if name in ("rule", "channel") else ""


def bounds(days: date | tuple[date, ...] | None, now: Standing) -> tuple[datetime | None, datetime | None]:
    """From the first day's midnight to the one after the last, on the shop's clock; one day alone is that day."""
    chosen = days if isinstance(days, tuple) else (days,) if days else ()
    if not chosen:
        return None, None
    first, last = chosen[0], chosen[-1] + timedelta(days=1)
    return datetime.combine(first, time(), now.zone), datetime.combine(last, time(), now.zone)


def row(message: log.Line, now: Standing, *, choosable: bool) -> None:
    with (
        st.container(border=True, gap="xxsmall"),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"),
    ):
        if choosable:
            with st.container(horizontal=True, width=580, vertical_alignment="center", gap="small"):
                st.checkbox("Choose", key=f"choose_{message.id}", label_visibility="collapsed", width=28)
                said(message)
        else:
            said(message)
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            ui.status_badge(message.status)
            st.caption(times.when(message, now), width="content")


def said(message: log.Line) -> None:
    with st.container(width=520, gap=None):
        ui.link("message", f"**{ui.plain(message.title)}**", ui.CHANNEL_ICONS[message.channel], message=str(message.id))
        who = f"{message.recipient} ({message.to_address})" if message.to_address else message.recipient
        st.caption(" · ".join(ui.plain(part) for part in (who, message.about) if part))
        if message.reason:
            st.caption(ui.plain(message.sentence))


def summary(counts: dict[str, int]) -> str:
    total = sum(counts.values())
    parts = ", ".join(f"{count:,} {status}" for status, count in counts.items() if count)
    return f"{ui.counted(total, 'message')}: {parts}" if total else ""


@st.fragment(run_every=2)
def listing(view: str, wanted: log.Wanted) -> None:
    """Looks again every other second, so a job that is moved shows here without a reload."""
    who = ui.require_user()
    if not who.sees_contents:
        return
    with ui.explained():
        now = ui.shop()
        with database.transaction() as connection:
            counts = log.counts(connection)
            found = log.page(connection, wanted, st.session_state.get("page", 1), counts)
        messages, total = found.lines, found.total
        if wanted.only_by_status:
            st.caption(summary(counts))
        else:
            more = "More than " if found.more else ""
            st.caption(f"{more}{ui.counted(total, 'message')} found")
        choosable = view in acting.OFFERED
        if choosable and messages:
            chosen = [message.id for message in messages if st.session_state.get(f"choose_{message.id}")]
            acting.in_bulk(view, wanted, chosen, total, counts)
        for message in messages:
            row(message, now, choosable=choosable)
        if not messages:
            empty(view, wanted)
        if total > log.PER_PAGE:
            st.pagination(ceil(total / log.PER_PAGE), key="page")


def empty(view: str, wanted: log.Wanted) -> None:
    if replace(wanted, status=None, needs_a_person=False) != log.EVERYTHING:
        st.info("No message matches these filters.", icon=":material/search_off:")
    elif view == NEEDS_A_PERSON:
        st.success("Nothing needs a person.", icon=":material/check:")
    elif view == ALL:
        st.info("No messages yet. Move a job on the Shop page and watch this space.", icon=":material/outbox:")
    else:
        st.caption(f"No {view} messages.")


def table(wanted: log.Wanted, now: Standing) -> bytes:
    """Runs when somebody presses the button, outside of a page; the engine checks who it is."""
    with database.transaction() as connection:
        return export.table(connection, wanted, actor=person.actor, now=now.now, zone=now.zone)


def room() -> None:
    now = ui.shop()
    view = statuses()
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        wanted = filters(now)
        status = view if view in MESSAGE_STATUSES else None
        wanted = replace(wanted, status=status, needs_a_person=view == NEEDS_A_PERSON)
        st.download_button(
            "CSV",
            partial(table, wanted, now),
            f"messages-{now.now.astimezone(now.zone):%Y-%m-%d}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            help=f"What is listed, up to {export.MOST:,} messages, for a spreadsheet",
        )
    acting.asked()
    listing(view, wanted)


# `/messages?message=ID` is the address that people pass on.
if "message" in st.query_params:
    st.switch_page(ui.room("message"), query_params={"message": st.query_params["message"]})

if person.sees_contents:
    st.title("Messages", anchor=False)
    room()
else:
    ui.no_contents("Messages")
