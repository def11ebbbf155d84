"""Customers: how each is reached, and what keeps messages from them."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil
from typing import Any

import streamlit as st

from engine import customers, suppressions
from engine.catalog.rules import rule
from engine.customers import OVERRIDABLE, Customer, Whole
from engine.store import database, standing
from engine.store.standing import Standing
from pages import choosing, kept, times, ui
from pages.acts import act, at_press, submit

person = ui.require_user()

WAYS = {"pickup": "Pickup", "ship": "Ship", "deliver": "Deliver"}
REASONS = {"opted_out": "asked not to be written to", "bounced": "does not take our mail"}


def listing() -> None:
    st.title("Customers", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        words = st.text_input(
            "Search customers",
            type="search",
            key="q",
            live=True,
            bind="query-params",
            placeholder="Name, company, address or phone",
            icon=":material/search:",
            label_visibility="collapsed",
            width=340,
        )
        lost = st.checkbox("Only those who can’t be reached", key="unreachable")
    number = st.session_state.get("page", 1)
    with database.transaction() as connection:
        found = customers.page(connection, search=words or "", unreachable=lost, number=number)
        if not found.customers and number > 1:
            found = customers.page(connection, search=words or "", unreachable=lost)
    for one in found.customers:
        row(one)
    if not found.customers:
        st.caption("No customer matches." if words or lost else "No customers yet; enter one below, or import them.")
    if found.total > customers.PER_PAGE:
        st.pagination(ceil(found.total / customers.PER_PAGE), key="page")
    with st.expander("New customer", icon=":material/person_add:", key="new_customer"):
        form(None)


def show(customer_id: int | None) -> None:
    """A link can't: Streamlit leaves the address as it is when the page stays the same."""
    st.query_params.clear()
    if customer_id is not None:
        st.query_params["customer"] = str(customer_id)


def all_customers() -> None:
    st.button("All customers", key="all", on_click=show, args=[None], icon=":material/arrow_back:", type="tertiary")


def row(one: Customer) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{choosing.called(one)}**")
            reach = [part for part in (one.email, one.phone) if part]
            st.caption(ui.plain(" · ".join(reach)) if reach else ":orange[:material/warning: No address at all]")
        st.button("Open", key=f"open_{one.id}", on_click=show, args=[one.id])


def form(one: Customer | None) -> None:
    part = f"customer_{one.id if one else 'new'}"
    kept.follow(part, shown(one))
    values: dict[str, Any] = {}
    with st.form(part, border=False):
        grid = st.grid("auto", min_column_width=220)
        for label, name, help in (
            ("Name", "name", None),
            ("Company", "company", None),
            ("Email", "email", None),
            ("Phone", "phone", None),
            ("Email for invoices", "billing_email", "Invoices and reminders go here instead."),
            ("Copies of invoices to", "cc_emails", "Several with commas between."),
        ):
            with grid:
                values[name] = st.text_input(label, kept.shown(part, name), key=kept.key(part, name), help=help) or ""
        way = kept.shown(part, "delivery_method")
        with grid:
            values["delivery_method"] = st.selectbox(
                "Delivery",
                list(WAYS),
                index=list(WAYS).index(way) if way else None,
                format_func=WAYS.__getitem__,
                key=kept.key(part, "delivery_method"),
                placeholder="Not known",
            )
        values["texts_allowed"] = st.checkbox(
            "They agreed to texts", kept.shown(part, "texts_allowed"), key=kept.key(part, "texts_allowed")
        )
        saved = st.form_submit_button("Save" if one else "Enter the customer", type="primary", icon=":material/check:")
    if saved:
        save(one, part, values)


def shown(one: Customer | None) -> dict[str, Any]:
    """What the form's fields start with."""
    words = {name: getattr(one, name, None) or "" for name in ("name", "company", "email", "phone", "billing_email")}
    copies = ", ".join(one.cc_emails) if one else ""
    texts = one is not None and one.sms_consent_at is not None
    way = one.delivery_method if one else None
    return {**words, "cc_emails": copies, "delivery_method": way, "texts_allowed": texts}


def save(one: Customer | None, part: str, values: dict[str, Any]) -> None:
    if one is None:
        submit(
            lambda connection, actor, now: customers.create(connection, values, actor=actor, now=now),
            "Saved",
            then=show,
        )
    else:
        typed = {name: values[name] for name in kept.touched(part)}
        submit(
            lambda connection, actor, now: customers.change(connection, one.id, typed, actor=actor, now=now),
            "Saved",
            then=lambda _: kept.forget(part),
        )


def whole(found: Whole) -> None:
    one = found.customer
    with database.transaction() as connection:
        now = standing.read(connection)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(choosing.called(one), anchor=False, width="content")
        ui.link("jobs", "New job", ":material/add:", new="1", customer=str(one.id))
    all_customers()
    if not one.reachable:
        st.warning("No address and no phone, so nothing reaches this customer.", icon=":material/warning:")
    with st.container(border=True):
        form(one)
    st.subheader("What they don’t hear", anchor=False)
    pausing(one, now)
    opted_out(found)
    overrides(found, now)


def pausing(one: Customer, now: Standing) -> None:
    until = one.messages_paused_until
    paused = until is not None and until > now.now
    with st.container(border=True, gap="small"):
        if paused and until:
            day = times.day(until.astimezone(now.zone).date(), now.now, now.zone)
            st.markdown(f":material/pause: **Paused until {day}.** News is not told later; reminders wait.")
            st.button("Resume now", key="resume", on_click=resume, args=[one.id], icon=":material/play_arrow:")
            return
        tomorrow = now.now.astimezone(now.zone).date() + timedelta(1)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            day = st.date_input(
                "Pause all messages until", value=None, key="pause_until", min_value=tomorrow, width=220
            )
            st.button(
                "Pause",
                key="pause",
                icon=":material/pause:",
                disabled=day is None,
                on_click=pause,
                args=[one.id, day, now],
            )


def pause(customer_id: int, day: date, now: Standing) -> None:
    until = choosing.end_of(at_press("pause_until", day), now)
    act(
        lambda connection, actor, now: customers.pause(connection, customer_id, until, actor=actor, now=now),
        "Nothing goes to them until that day is over",
    )


def resume(customer_id: int) -> None:
    act(
        lambda connection, actor, now: customers.pause(connection, customer_id, None, actor=actor, now=now),
        "Messages go out again",
    )


def opted_out(found: Whole) -> None:
    one = found.customer
    with st.container(border=True, gap="small"):
        for held in found.suppressed:
            st.markdown(
                f":material/block: **{ui.plain(held.address)}** {REASONS.get(held.reason, held.reason)}"
                f"{': ' + ui.plain(held.note) if held.note else ''}"
            )
            st.button(
                "Write to it again",
                key=f"lift_{held.channel}_{held.address}",
                on_click=lift,
                args=[held.channel, held.address],
            )
        known = {(held.channel, held.address.lower()) for held in found.suppressed}
        for channel, address, label in (("email", one.email, "emails"), ("sms", one.phone, "texts")):
            if address and (channel, address.lower()) not in known and not any(c == channel for c, _ in known):
                st.button(
                    f"They want no {label} any more",
                    key=f"optout_{channel}",
                    icon=":material/block:",
                    on_click=opt_out,
                    args=[channel, address],
                )


def opt_out(channel: Any, address: str) -> None:
    act(
        lambda connection, actor, now: suppressions.add(
            connection, channel, address, note="said so to staff", actor=actor, now=now
        ),
        "Nothing goes to this address any more",
        ":material/block:",
    )


def lift(channel: Any, address: str) -> None:
    act(
        lambda connection, actor, now: suppressions.lift(
            connection, channel, address, note="said so to staff", actor=actor, now=now
        ),
        "Messages go there again",
    )


def overrides(found: Whole, now: Standing) -> None:
    one = found.customer
    with st.container(border=True, gap="small"):
        for off in found.overrides:
            until = f" until {times.day(off.until.astimezone(now.zone).date(), now.now, now.zone)}" if off.until else ""
            with st.container(horizontal=True, vertical_alignment="center"):
                why = f": {ui.plain(off.reason)}" if off.reason else ""
                st.markdown(f":material/notifications_off: **{rule(off.rule_key).title}** is off{until}{why}")
                st.button(
                    "Switch on again",
                    key=f"on_{off.rule_key}",
                    on_click=switch_on,
                    args=[one.id, off.rule_key],
                    type="tertiary",
                )
        taken = {off.rule_key for off in found.overrides}
        keys = [each.key for each in OVERRIDABLE if each.key not in taken]
        chosen = st.selectbox(
            "Switch one trigger off for this customer",
            keys,
            index=None,
            format_func=lambda key: f"{rule(key).title} ({'text' if rule(key).by == 'sms' else 'email'})",
            placeholder="Choose a trigger",
            key="override",
        )
        if chosen is None:
            return
        st.text_input("Why", key="override_reason")
        st.date_input("Until (empty: for good)", value=None, key="override_until")
        st.button(
            "Switch off",
            key="switch_off",
            icon=":material/notifications_off:",
            on_click=switch_off,
            args=[one.id, chosen, now],
        )


def switch_off(customer_id: int, key: str, now: Standing) -> None:
    until = choosing.end_of(at_press("override_until", None), now)
    reason = at_press("override_reason", "") or ""
    act(
        lambda c, actor, now: customers.switch_off(
            c, customer_id, key, until=until, reason=reason, actor=actor, now=now
        ),
        "Off for this customer",
    )


def switch_on(customer_id: int, key: str) -> None:
    act(lambda c, actor, now: customers.switch_on(c, customer_id, key, actor=actor, now=now), "On again")


if not person.sees_contents:
    st.title("Customers", anchor=False)
    st.info("Customers’ addresses are for sales and admins.", icon=":material/visibility_off:")
    st.stop()
asked = st.query_params.get("customer", "")
if asked.isdecimal():
    with database.transaction() as connection:
        read = customers.find(connection, int(asked))
    if read:
        whole(read)
    else:
        st.title("Customers", anchor=False)
        st.info("There is no such customer any more.", icon=":material/info:")
        all_customers()
else:
    listing()
