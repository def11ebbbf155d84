"""Reference: what fires, who hears of it, and what a wording may say."""

import streamlit as st

from engine.catalog.rule import Rule
from engine.catalog.search import search
from engine.store import database, standing
from pages import sheet, times, ui
from pages.cards import cards
from pages.glossary import glossary
from pages.journey import journey

person = ui.require_user()

CHANNELS = {"Customer email": ("email",), "In-app": ("in_app", "toast"), "SMS": ("sms",)}
VIEWS = ["Everything", *CHANNELS, "Variables"]
HEARERS = {"Customers": True, "Staff": False}
SWITCHES = {"On": True, "Off": False}


def everything(state: dict[str, bool], labels: dict[str, str]) -> None:
    who = ui.require_user()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
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
        on_paper(state, labels)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view = st.segmented_control(
            "Show", VIEWS, default="Everything", required=True, key="show", bind="query-params", wrap=True
        )
        hearer = st.pills("Heard by", list(HEARERS), key="heard", bind="query-params")
        switch = st.pills("Switched", list(SWITCHES), key="switched", bind="query-params")

    def fits(rule: Rule) -> bool:
        on = state.get(rule.key, rule.default)
        return HEARERS.get(hearer, rule.to_customer) == rule.to_customer and SWITCHES.get(switch, on) == on

    narrowed = bool(hearer or switch)
    found = search(words or "")
    if view == "Everything" and not (words or narrowed):
        journey(state)
    drawn = False
    for title, channels in CHANNELS.items():
        rules = [rule for rule in found.rules if rule.by in channels and fits(rule)]
        if rules and view in ("Everything", title):
            st.subheader(f"{title} ({len(rules)})", anchor=False)
            cards(rules, state, labels, may_go_on=who.sees_contents)
            drawn = True
    # Nobody hears a variable, and none is on or off.
    if found.variables and (view == "Variables" or (view == "Everything" and not narrowed)):
        st.subheader(f"Variables ({len(found.variables)})", anchor=False)
        glossary(found.variables, "variables")
        drawn = True
    if not drawn:
        nothing(words or "", view, narrowed=narrowed)


def nothing(words: str, view: str, *, narrowed: bool) -> None:
    where = "" if view == "Everything" else f" under {view}; try Everything"
    what = f"Nothing matches “{ui.plain(words)}”" if words.strip() else "No trigger is like that"
    more = ". “Heard by” or “Switched” leaves some out" if narrowed else ""
    st.info(f"{what}{where}{more}.", icon=":material/search_off:")


def on_paper(state: dict[str, bool], labels: dict[str, str]) -> None:
    now = ui.shop()
    st.download_button(
        "One-page version",
        lambda: sheet.sheet(now.name, times.said(now.now, now.now, now.zone), state, labels),
        "inkbell-reference.html",
        "text/html",
        on_click="ignore",
        icon=":material/print:",
        help="A page of its own, to print on one sheet of paper or to send on",
    )


# `/?rule=KEY` is the address that people pass on.
for name in ("rule", "variable"):
    if name in st.query_params:
        st.switch_page(ui.room(name), query_params={name: st.query_params[name]})

with database.transaction() as connection:
    state, labels = standing.switches(connection), standing.status_labels(connection)

st.title("Reference", anchor=False)
st.write("Every trigger that fires automatically and every variable you can use, in one place.")
everything(state, labels)
