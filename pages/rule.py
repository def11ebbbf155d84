"""One trigger of the reference, with every variable that its wording may use."""

import streamlit as st

from engine.catalog.rules import RULES
from engine.catalog.variables import variable
from engine.store import database, standing
from pages import example, ui
from pages.cards import doors, facts, switch_badge
from pages.glossary import glossary

person = ui.require_user()

asked = st.query_params.get("rule", "")
rule = next((rule for rule in RULES if rule.key == asked), None)

ui.link("reference", "All triggers and variables", ":material/arrow_back:")
if rule is None:
    st.title("No such trigger", anchor=False)
    st.write(f"There is no trigger “{ui.plain(asked)}”. The reference lists them all.")
    st.stop()

with database.transaction() as connection:
    state, labels = standing.switches(connection), standing.status_labels(connection)

st.title(rule.title, anchor=False)
with st.container(horizontal=True, gap="xsmall"):
    switch_badge(rule, state.get(rule.key, rule.default))
facts(rule, labels)
st.markdown(f"**Event** `{'`, `'.join((rule.on, *rule.also_on))}`")
if person.sees_contents:
    doors(rule, state.get(rule.key, rule.default))
st.subheader("What it says, as an example", anchor=False)
with st.container(width=640):
    example.whole(rule)
st.subheader(f"{len(rule.variables)} variables", anchor=False)
glossary(map(variable, rule.variables), f"variables_{rule.key}", link=False)
