"""First visit: from an empty shop to one that speaks to its customers, one step after the other."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from engine import first_steps, shop_profile
from engine.catalog.rules import RULES, rule
from engine.first_steps import TITLES, State
from engine.store import database, standing
from engine.store.standing import Standing
from pages import sending, times, ui
from pages.acts import act

person = ui.require_user()


def profile(state: State, now: Standing) -> None:
    st.write(
        "Your name, address and hours stand in every message. This step is done with a name of your own, and an email "
        "or a phone at which customers reach you."
    )
    ui.link("settings", "Fill in the shop’s profile", ":material/storefront:", part="Shop")


def mail(state: State, now: Standing) -> None:
    st.write("Emails leave through your own mail server, so they come from you. Press “Test connection” there.")
    ui.link("settings", "Connect it", ":material/mail:", part="Connections")


def test(state: State, now: Standing) -> None:
    st.write(
        "Choose redirect under Sending, with your own address, then send yourself a test from Templates. "
        "It has to arrive, and not in the spam folder."
    )
    with st.container(horizontal=True):
        ui.link("settings", "Redirect to yourself", ":material/alt_route:", part="Sending")
        ui.link("templates", "Send a test", ":material/send:")


def rules(state: State, now: Standing) -> None:
    with database.transaction() as connection:
        on = standing.switches(connection)
    st.write(f"{sum(on.values())} of {len(RULES)} triggers are on. Those that speak of money are to be read first:")
    for each in RULES:
        if each.is_money and each.to_customer and on.get(each.key):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                ui.rule_link(each)
                ui.link("templates", "Read and reword", ":material/edit_note:", rule=each.key)
    ui.link("automations", "All triggers", ":material/bolt:")
    by_hand("rules", "I have read them", state, now)


def reach(state: State, now: Standing) -> None:
    with database.transaction() as connection:
        who = first_steps.reach(connection)
    if not who.customers:
        st.write("No customers yet. Bring them from your old program; nobody is told of an import.")
        ui.link("imports", "Import customers", ":material/upload_file:")
        return
    st.write(
        f"{ui.counted(who.customers, 'customer')}: {who.without_email:,} without an email address, "
        f"{who.without_phone:,} without a phone, {who.unreachable:,} with neither."
    )
    for number, names in who.sharing[:8]:
        st.markdown(
            f":material/call: {ui.plain(number)} is shared by {ui.plain(', '.join(names[:4]))}"
            f"{f' and {len(names) - 4} more' if len(names) > 4 else ''}: one STOP stops them all."
        )
    ui.link("customers", "Customers", ":material/group:")
    if who.unreachable:
        by_hand("reach", "These are known, go on", state, now)


def others(state: State, now: Standing) -> None:
    st.write("Nobody likes to hear everything twice. Look for these, and switch off what Inkbell says now:")
    st.markdown(
        "- the program you used before: status emails, reminders, invoices\n"
        "- Stripe’s own receipts: Stripe → Settings → Customer emails → Successful payments\n"
        "- carriers: UPS, FedEx and USPS write to the receiver when the label carries their address\n"
        "- your web shop and your bookkeeping: order confirmations and statements"
    )
    by_hand("others", "They are switched off", state, now)


def watched(state: State, now: Standing) -> None:
    st.write(
        "Work for a day as always. In the sandbox every message is made and kept, and none leaves. "
        "Then read here what would have gone out."
    )
    if state.mode != "sandbox":
        st.caption(f"The shop is in {state.mode} mode now, so nothing more is gathered here.")
    elif state.watching_since:
        st.caption(f"Watching since {times.said(state.watching_since, now.now, now.zone)}.")
    with database.transaction() as connection:
        would = first_steps.would_have_sent(connection, now.now)
        some = first_steps.examples(connection, now.now)
    if not would:
        st.caption("Nothing yet. Move a job on the Shop page and look again.")
    for each in would:
        times_said = ui.counted(each.count, "message")
        people = ui.counted(each.customers, "customer")
        st.markdown(f"{ui.CHANNEL_ICONS[each.channel]} **{rule_title(each.rule_key)}**: {times_said} to {people}")
    if some:
        with st.expander("As they would have read", type="compact", key="would"):
            for example in some:
                whom = f"{ui.plain(example.customer)} ({ui.plain(example.to_address or '')})"
                title = example.subject or example.opening or rule_title(example.rule_key)
                with st.container(horizontal=True, vertical_alignment="center"):
                    ui.link("message", f"**{ui.plain(title)}**", message=str(example.id))
                    st.caption(f"{whom} · {times.said(example.created_at, now.now, now.zone)}")
    by_hand("watched", "I have seen enough", state, now)


def live(state: State, now: Standing) -> None:
    if state.mode == "live":
        st.write("The shop is live: what happens is told to customers.")
        return
    with database.transaction() as connection:
        old, shop = first_steps.old(connection, now.now), shop_profile.read(connection)
    st.markdown(
        "What is there already stays quiet. Nothing is said before the next move of "
        f"**{ui.counted(old.jobs, 'job')}** in process, **{ui.counted(old.invoices, 'open invoice')}** will not be "
        f"sent again, and no reminder goes out by itself for **{ui.counted(old.debts, 'old debt')}**; Automations "
        "lists what is overdue, and you pick."
    )
    open_steps = [TITLES[key] for key, done in state.done.items() if not done and key != "live"]
    if open_steps:
        st.caption(f"Still open: {', '.join(open_steps).lower()}.")
    obstacle = shop_profile.obstacle("live", shop)
    if obstacle:
        st.info(ui.plain(obstacle[:1].upper() + obstacle[1:]) + ".", icon=":material/info:")
        ui.link("settings", "Settings", ":material/settings:", part="Shop")
        return
    st.button("Go live", key="go_live", type="primary", icon=":material/rocket_launch:", on_click=sending.ask_live)
    if sending.GOING in st.session_state:
        sending.confirm_live(shop)


STEPS: dict[str, Callable[[State, Standing], None]] = {
    "profile": profile,
    "mail": mail,
    "test": test,
    "rules": rules,
    "reach": reach,
    "others": others,
    "watched": watched,
    "live": live,
}


def by_hand(key: str, label: str, state: State, now: Standing) -> None:
    ticked = state.ticks.get(key)
    if ticked:
        st.caption(f"{ui.plain(ticked.actor)} said so {times.said(ticked.at, now.now, now.zone)}.")
    st.button(
        "Take it back" if ticked else label,
        key=f"tick_{key}",
        icon=":material/undo:" if ticked else ":material/check:",
        on_click=tick,
        args=[key, ticked is None],
    )


def tick(key: str, done: bool) -> None:
    act(lambda connection, actor, now: first_steps.tick(connection, key, done, actor=actor, now=now))


def rule_title(key: str) -> str:
    known = {each.key for each in RULES}
    return rule(key).title if key in known else key


def checklist() -> None:
    with database.transaction() as connection:
        now = standing.read(connection)
        state = first_steps.read(connection, now.now)
    done = state.done
    count = sum(done.values())
    st.progress(count / len(done), text=f"{count} of {len(done)} done")
    for place, (key, draw) in enumerate(STEPS.items(), start=1):
        icon = ":material/check_circle:" if done[key] else ":material/radio_button_unchecked:"
        with st.expander(
            f"{place}. {TITLES[key]}", expanded=key == state.next, icon=icon, key=f"step_{key}_{done[key]}"
        ):
            draw(state, now)
    if first_steps.HIDDEN in state.ticks and state.next:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("The Reference no longer speaks of these steps.", width="content")
            st.button("Speak of them there again", key="show_welcome", on_click=tick, args=[first_steps.HIDDEN, False])


st.title("First visit", anchor=False)
if person.role != "admin":
    st.info("An admin sets the shop up.", icon=":material/visibility_off:")
    st.stop()
st.write("Eight steps, in whatever order you like. Until the last one nothing reaches a customer.")
checklist()
