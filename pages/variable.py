"""One variable of the reference, with every trigger whose wording may use it."""

import streamlit as st

from engine.catalog.rules import RULES, rules_with
from engine.catalog.variables import VARIABLES
from engine.store import database, standing
from pages import ui
from pages.cards import cards
from pages.glossary import glossary

person = ui.require_user()

asked = st.query_params.get("variable", "")
variable = next((variable for variable in VARIABLES if variable.name == asked), None)

ui.link("reference", "All triggers and variables", ":material/arrow_back:")
if variable is None:
    st.title("No such variable", anchor=False)
    st.write(f"There is no variable “{ui.plain(asked)}”. The reference lists them all.")
    st.stop()

with database.transaction() as connection:
    state, labels = standing.switches(connection), standing.status_labels(connection)
having = rules_with(variable.name)

st.title(variable.label, anchor=False)
glossary([variable], f"variable_{variable.name}", link=False)
st.subheader(f"In {len(having)} of {len(RULES)} triggers", anchor=False)
cards(having, state, labels, may_go_on=person.sees_contents)
