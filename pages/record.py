"""Record: one job, invoice or customer, with all that happened to it and all that was said about it."""

from collections.abc import Sequence

import streamlit as st

from engine import records
from engine.records import KINDS, Found, Kind, Record
from engine.store import database
from engine.store.standing import Standing
from pages import acting, heads, ui, why
from pages.phone import phone
from pages.timeline import timeline

person = ui.require_user()

HAPPENED, WHY, PHONE = "What happened", "Why, and why not", "As the customer saw it"
ICONS = {"job": ":material/checkroom:", "invoice": ":material/receipt_long:", "customer": ":material/person:"}
LATEST = 10


def named() -> tuple[Kind, str] | None:
    """What the address names: `?job=1042`, `?invoice=2001` or `?customer=7`."""
    return next(((kind, st.query_params[kind]) for kind in KINDS if st.query_params.get(kind)), None)


def search() -> str:
    words = st.text_input(
        "Find a record",
        type="search",
        key="find",
        live=True,
        placeholder="Number, name, email or phone",
        icon=":material/search:",
        width=420,
        label_visibility="collapsed",
    )
    return (words or "").strip()


def hits(words: str) -> None:
    with database.transaction() as connection:
        found = records.find(connection, words)
    if not found:
        st.info(f"Nothing matches “{ui.plain(words)}”.", icon=":material/search_off:")
    listed(found)


def listed(found: Sequence[Found]) -> None:
    for hit in found:
        with st.container(border=True, gap=None):
            st.button(
                title(hit), key=f"open_{hit.kind}_{hit.key}", type="tertiary", icon=ICONS[hit.kind],
                on_click=heads.go, args=[hit.kind, hit.key],
            )  # fmt: skip
            if hit.note:
                st.caption(ui.plain(hit.note))


def unasked() -> None:
    st.title("Records", anchor=False)
    st.write("Type the number of a job or an invoice, or a customer’s name, email or telephone number.")
    with database.transaction() as connection:
        latest = records.lately(connection)
    if latest:
        st.subheader("Changed lately", anchor=False)
        listed(latest)


def title(hit: Found) -> str:
    if hit.kind == "customer":
        return f"**{ui.plain(hit.title)}**"
    return f"**{hit.kind.capitalize()} {ui.plain(hit.key)}**" + (f" {ui.plain(hit.title)}" if hit.title else "")


def record(kind: Kind, key: str) -> None:
    now = ui.shop()
    with database.transaction() as connection:
        found = records.read(connection, kind, key[:40])
    if found is None:
        st.info(f"There is no {kind} {ui.plain(key[:40])}.", icon=":material/search_off:")
        return
    heads.head(found, now)
    views = [HAPPENED, PHONE] if kind == "customer" else [HAPPENED, WHY, PHONE]
    view = st.segmented_control(
        "View", views, default=HAPPENED, required=True, key=f"view_{kind}", label_visibility="collapsed"
    )
    if view == WHY:
        why.verdicts(found, now)
    elif view == PHONE:
        as_seen(found, now)
    else:
        timeline(found, now)


def as_seen(found: Record, now: Standing) -> None:
    """On a phone the newest is at the bottom, and whoever wants older ones asks for them at the top."""
    count = f"seen_{found.kind}_{found.id}"
    most = st.session_state.get(count, LATEST)
    with database.transaction() as connection:
        seen = records.seen(connection, found, most + 1)
    if not seen:
        st.caption("Nothing has reached the customer about this yet.")
        return
    if len(seen) > most:
        with st.container(horizontal_alignment="center"):
            st.button(
                "Older messages",
                key=f"older_{found.kind}_{found.id}",
                icon=":material/expand_less:",
                on_click=lambda: st.session_state.update({count: most + LATEST}),
            )
    shown = [(heads.said(message.sent_at, now), message) for message in seen[-most:]]
    phone(now.name, shown, key=f"phone_{found.kind}_{found.id}")
    number = "One message" if len(shown) == 1 else f"{'The latest ' if len(seen) > most else ''}{len(shown)} messages"
    st.caption(f"{number}, the newest at the bottom.", text_alignment="center")
    if stayed := sum(message.mode in ("sandbox", "redirect") for message in seen[-most:]):
        some = "None of it" if stayed == len(shown) else "Not all of it"
        st.caption(
            f":material/science: {some} reached the customer: {stayed:,} of {len(shown):,} went no further than the "
            "shop, in sandbox or redirect mode.",
            text_alignment="center",
        )


if person.sees_contents:
    asked = named()
    words = search()
    acting.asked()
    if words:
        hits(words)
    elif asked:
        record(*asked)
    else:
        unasked()
else:
    ui.no_contents("Records")
