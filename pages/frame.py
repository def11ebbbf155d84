"""The frame round every page: who it is, where they can go, and what has just happened."""

import streamlit as st

from engine import access, first_steps, inbox, toasts
from engine.access import Person
from engine.deliver import log
from engine.errors import InkbellError
from engine.store import database
from pages import copied, ui
from pages.acts import act
from pages.quiet import keep_quiet

# Rooms that are not built yet have no line here.
ROOMS = {
    "reference": st.Page("reference.py", title="Reference", icon=":material/menu_book:", default=True),
    "templates": st.Page("templates.py", title="Templates", icon=":material/edit_note:"),
    "messages": st.Page("messages.py", title="Messages", icon=":material/outbox:"),
    "record": st.Page("record.py", title="Records", icon=":material/manage_search:"),
    "inbox": st.Page("inbox.py", title="Inbox", icon=":material/inbox:"),
    "shop": st.Page("shop.py", title="Shop", icon=":material/view_kanban:"),
    "customers": st.Page("customers.py", title="Customers", icon=":material/group:"),
    "invoices": st.Page("invoices.py", title="Invoices", icon=":material/receipt_long:"),
    "leads": st.Page("leads.py", title="Leads and reorders", icon=":material/contact_mail:"),
    "imports": st.Page("imports.py", title="Import", icon=":material/upload_file:"),
    "start": st.Page("start.py", title="First visit", icon=":material/checklist:"),
    "jobs": st.Page("jobs.py", title="Job", visibility="hidden"),
    "automations": st.Page("automations.py", title="Automations", icon=":material/bolt:"),
    "health": st.Page("health.py", title="Health", icon=":material/favorite:"),
    "settings": st.Page("settings.py", title="Settings", icon=":material/settings:"),
    "rule": st.Page("rule.py", title="Trigger", visibility="hidden"),
    "variable": st.Page("variable.py", title="Variable", visibility="hidden"),
    "message": st.Page("message.py", title="Message", visibility="hidden"),
}

# Left out of the menu; whoever has the address reads on the page whom to ask.
CLOSED_TO = {
    "sales": {"settings", "start"},
    "production": {
        "automations",
        "settings",
        "templates",
        "customers",
        "invoices",
        "leads",
        "imports",
        "start",
        "messages",
        "record",
    },
}

# Parts of an address that several rooms have, each with a meaning of its own.
SHARED = ("q", "show", "part")


def wordmark() -> str:
    ink = "#ece6d9" if st.context.theme.type == "dark" else "#1e1c19"
    return (ui.FOLDER / "wordmark.svg").read_text().replace("currentColor", ink)


def gate(obstacle: InkbellError | None) -> None:
    st.title("Inkbell")
    if obstacle is not None:
        st.error(ui.sentence(obstacle), icon=":material/lock:")
        if ui.claims():
            st.button("Sign in as somebody else", on_click=st.logout, icon=":material/logout:")
        return
    st.text("The shop’s message desk. Sign in with your work account.")
    with ui.explained(), database.transaction() as connection:
        if not access.an_admin_exists(connection):
            st.info("There is no admin yet. Add one on the server, then sign in:", icon=":material/person_add:")
            st.code("python -m engine staff add EMAIL --name NAME --role admin", language=None)
    st.button("Sign in", on_click=st.login, type="primary", icon=":material/login:")


def who_is_here(person: access.Person) -> None:
    with st.sidebar.container(gap="xsmall"):
        st.caption(f":material/account_circle: {ui.plain(person.name)} · {ui.ROLE_NAMES[person.role]}")
        if person is access.LOCAL_ADMIN:
            st.caption("No sign-in is set up, so only this machine can open Inkbell, and whoever does is an admin.")
        else:
            st.button("Sign out", on_click=st.logout, icon=":material/logout:", type="tertiary")


def numbered(person: Person) -> None:
    """What waits for this person, beside the rooms where it waits."""
    with ui.explained(), database.transaction() as connection:
        unread = inbox.unread(connection, person)
        stuck = log.need_a_person(connection) if person.sees_contents else 0
        for name, count in (("inbox", unread), ("messages", stuck)):
            if count:
                title = f"{ROOMS[name].title} ({count:,})"
                ROOMS[name] = st.Page(f"{name}.py", title=title, icon=ROOMS[name].icon)


@st.fragment(run_every=2)
def news() -> None:
    """Toasts since this session opened, once, and several at a time as one. Those before are news for nobody now."""
    who = ui.require_user()
    try:
        if "last_toast" not in st.session_state:
            st.session_state.last_toast = ui.shop().last_toast
        with database.transaction() as connection:
            fresh = toasts.fresh(connection, who.actor, st.session_state.last_toast)
            seen = toasts.wanted(fresh, toasts.choice(connection, who.actor)) if fresh else ()
    except InkbellError:
        return  # the page itself says what is wrong
    if fresh:
        st.session_state.last_toast = fresh[-1].id
    if seen:
        title, text = (ui.plain(part) for part in toasts.said_as_one(seen))
        st.toast(f"**{title}** {text}" if title else text, icon=":material/notifications:")


def arrive() -> None:
    """Leaves behind what was searched for elsewhere: Streamlit keeps what the address shows from page to page."""
    if st.session_state.get("room") != page.url_path:
        st.session_state.room = page.url_path
        for name in SHARED:
            st.session_state.pop(name, None)


def welcome(person: Person) -> None:
    """On the home page, until the shop is set up or an admin has read enough of it."""
    if person.role != "admin" or page.url_path:
        return
    with database.transaction() as connection:
        steps = first_steps.read(connection, database.now(connection))
    if not steps.invites:
        return
    done = sum(steps.done.values())
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        if done:
            st.markdown(
                f":material/checklist: **{done} of {len(steps.done)} steps** of the first visit are done. "
                f"Next: {first_steps.TITLES[steps.next or 'live'].lower()}.",
                width="stretch",
            )
        else:
            st.markdown(
                ":material/waving_hand: **Welcome.** Eight steps lead from an empty shop to one that speaks to its "
                "customers. Until the last one nothing reaches anybody.",
                width="stretch",
            )
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            ui.link("start", "**Go on**" if done else "**Set the shop up**", ":material/arrow_forward:")
            st.button("Hide", key="hide_welcome", type="tertiary", on_click=hide_welcome)


def hide_welcome() -> None:
    act(
        lambda connection, actor, now: first_steps.tick(connection, first_steps.HIDDEN, True, actor=actor, now=now),
        "Hidden here; the steps stay under First visit",
    )


keep_quiet()
st.set_page_config(page_title="Inkbell", page_icon=str(ui.MARK), layout="wide")
st.logo(wordmark(), size="large", icon_image=str(ui.MARK))

try:
    person, obstacle = ui.person(), None
except InkbellError as error:
    person, obstacle = None, error

# Before the sign-in every address is known too, so that a deep link shows the gate and not "page not found".
for name in CLOSED_TO.get(person.role, ()) if person else ():
    ROOMS[name] = st.Page(f"{name}.py", title=ROOMS[name].title, visibility="hidden")
if person is not None:
    numbered(person)
page = st.navigation([*ROOMS.values()], position="hidden" if person is None else "sidebar", expanded=True)
if person is None:
    gate(obstacle)
    st.stop()

ui.furnish(ROOMS, person)
arrive()
who_is_here(person)
ui.told()
news()
with ui.explained():
    now = ui.shop()
    ui.banners(now)
    copied.banner(person, now)
    welcome(person)
    page.run()
