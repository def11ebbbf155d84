"""The frame round every page: who it is, where they can go, and what has just happened."""

import streamlit as st

from engine import access
from engine.deliver import log
from engine.errors import InkbellError
from engine.store import database
from pages import ui

TOASTS_AT_ONCE = 4

# Rooms that are not built yet have no line here.
ROOMS = {
    "reference": st.Page("reference.py", title="Reference", icon=":material/menu_book:", default=True),
    "messages": st.Page("messages.py", title="Messages", icon=":material/outbox:"),
    "shop": st.Page("shop.py", title="Shop", icon=":material/view_kanban:"),
    "rule": st.Page("rule.py", title="Trigger", visibility="hidden"),
    "variable": st.Page("variable.py", title="Variable", visibility="hidden"),
    "message": st.Page("message.py", title="Message", visibility="hidden"),
}

# Left out of the menu; whoever has the address reads on the page whom to ask.
CLOSED_TO: dict[str, set[str]] = {}


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


@st.fragment(run_every=2)
def toasts() -> None:
    """Every toast since this session opened, once. Those before are news for nobody who comes now."""
    ui.require_user()
    try:
        if "last_toast" not in st.session_state:
            st.session_state.last_toast = ui.shop().last_toast
        with database.transaction() as connection:
            fresh = log.toasts_after(connection, st.session_state.last_toast)
    except InkbellError:
        return  # the page itself says what is wrong
    if not fresh:
        return
    st.session_state.last_toast = fresh[-1].id
    for toast in fresh[-TOASTS_AT_ONCE:]:
        text = f"**{ui.plain(toast.title)}** {ui.plain(toast.text)}" if toast.title else ui.plain(toast.text)
        st.toast(text, icon=":material/notifications:")
    if len(fresh) > TOASTS_AT_ONCE:
        st.toast(f"And {len(fresh) - TOASTS_AT_ONCE} more, see Messages", icon=":material/notifications:")


st.set_page_config(page_title="Inkbell", page_icon=str(ui.MARK), layout="wide")
st.logo(wordmark(), size="large", icon_image=str(ui.MARK))

try:
    person, obstacle = ui.person(), None
except InkbellError as error:
    person, obstacle = None, error

# Before the sign-in every address is known too, so that a deep link shows the gate and not "page not found".
for name in CLOSED_TO.get(person.role, ()) if person else ():
    ROOMS[name] = st.Page(f"{name}.py", title=ROOMS[name].title, visibility="hidden")
page = st.navigation([*ROOMS.values()], position="hidden" if person is None else "sidebar")
if person is None:
    gate(obstacle)
    st.stop()

ui.furnish(ROOMS)
who_is_here(person)
toasts()
with ui.explained():
    ui.banners(ui.shop())
    page.run()
