"""Reference: what fires, who hears of it, and what a wording may say."""

import streamlit as st

from engine.catalog.search import search
from engine.store import database, standing
from pages import ui
from pages.cards import by_group, cards

ui.require_user()

CHANNELS = {"Customer email": ("email",), "In-app": ("in_app", "toast"), "SMS": ("sms",)}
VIEWS = ["Everything", *CHANNELS, "Variables"]


@st.fragment
def everything(state: dict[str, bool], labels: dict[str, str]) -> None:
    ui.require_user()
    words = st.text_input(
        "Search triggers and variables",
        type="search",
        key="q",
        live=True,
        bind="query-params",
        placeholder="Try “tracking”, “overdue” or “job_number”",
        icon=":material/search:",
        width=520,
    )
    view = st.segmented_control("Show", VIEWS, default="Everything", required=True, key="show", bind="query-params")
    found = search(words or "")
    drawn = False
    for title, channels in CHANNELS.items():
        rules = [rule for rule in found.rules if rule.by in channels]
        if rules and view in ("Everything", title):
            st.subheader(f"{title} ({len(rules)})", anchor=False)
            cards(rules, state, labels)
            drawn = True
    if found.variables and view in ("Everything", "Variables"):
        st.subheader(f"Variables ({len(found.variables)})", anchor=False)
        by_group(found.variables)
        drawn = True
    if not drawn:
        where = "" if view == "Everything" else f" under {view}; try Everything"
        st.info(f"Nothing matches “{ui.plain(words)}”{where}.", icon=":material/search_off:")


# `/?rule=KEY` is the address that people pass on.
for name in ("rule", "variable"):
    if name in st.query_params:
        st.switch_page(ui.room(name), query_params={name: st.query_params[name]})

with database.transaction() as connection:
    state, labels = standing.switches(connection), standing.status_labels(connection)

st.title("Reference", anchor=False)
st.write("Every trigger that fires automatically and every variable you can use, in one place.")
everything(state, labels)
