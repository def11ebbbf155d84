"""How a trigger and a variable are drawn, on every page that shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import streamlit as st

from engine.catalog.rule import Rule
from engine.catalog.rules import RULES, rules_with
from engine.catalog.variables import Variable
from engine.catalog.variables import variable as variable_called
from pages import example, ui
from pages.chips import chips

GROUPS = {
    "shop": "The shop",
    "customer": "The customer",
    "job": "The job",
    "art": "Artwork",
    "tracking": "Tracking",
    "invoice": "The invoice",
    "overdue": "Overdue",
    "lead": "A lead",
    "reorder": "A reorder",
    "sms": "Texts",
}
RECIPIENTS = {
    "customer": "the customer",
    "customer_billing": "the customer’s billing address, with copies",
    "admins": "every admin",
    "staff": "everyone signed in",
}
SERVICES = {"twilio": "Twilio", "stripe": "Stripe"}
NAMED_RULES = 3


def fires(rule: Rule, labels: dict[str, str]) -> str:
    """What fires it, with the shop's own name of a status."""
    return re.sub(r"moves to (\w+)", lambda found: f"moves to {labels.get(found[1], found[1])}", rule.when.says)


def switch_badge(rule: Rule, on: bool) -> None:
    if on:
        st.badge("On", color="green", icon=":material/check:")
    elif rule.default:
        st.badge("Off", color="gray")
    if not rule.default:
        st.badge("OFF by default", color="gray")
    if rule.needs:
        st.badge(f"Needs {SERVICES[rule.needs]}", color="orange", icon=":material/power:")


def facts(rule: Rule, labels: dict[str, str]) -> None:
    st.markdown(
        f"**Fires when** {ui.plain(fires(rule, labels))}  \n**Goes to** {RECIPIENTS[rule.to]}  \n**Key** `{rule.key}`"
    )


def doors(rule: Rule, on: bool) -> None:
    """To where the rule is switched and reworded, for those who may look there."""
    with st.container(horizontal=True, gap="medium"):
        ui.link("automations", "Switch it off" if on else "Switch it on", ":material/bolt:", rule=rule.key)
        ui.link("templates", "Edit wording", ":material/edit_note:", rule=rule.key)


def card(rule: Rule, on: bool, labels: dict[str, str], *, may_go_on: bool) -> None:
    with st.container(border=True, gap="xsmall", height="stretch"):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            ui.rule_link(rule)
            switch_badge(rule, on)
        st.write(rule.says)
        facts(rule, labels)
        words = st.expander(
            f"{len(rule.variables)} variables", on_change="rerun", key=f"variables_{rule.key}", type="compact"
        )
        # Drawn when somebody looks: 24 rules have some 600 between them.
        if words.open:
            with words:
                chips(map(variable_called, rule.variables), key=f"chips_{rule.key}")
        shown = st.expander("Example", on_change="rerun", key=f"example_{rule.key}", type="compact")
        if shown.open:
            with shown:
                example.text(rule)
        if may_go_on:
            doors(rule, on)


def cards(rules: Iterable[Rule], state: dict[str, bool], labels: dict[str, str], *, may_go_on: bool) -> None:
    grid = st.grid("auto", min_column_width=380, gap="small")
    for rule in rules:
        with grid:
            card(rule, state.get(rule.key, rule.default), labels, may_go_on=may_go_on)


def entry(variable: Variable, *, link: bool = True) -> None:
    having = rules_with(variable.name)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.code("{{ " + variable.name + " }}", language=None, width=270)
        notes = f"**{variable.label}.** {variable.meaning}"
        if variable.may_be_empty:
            notes += " May be empty."
        with st.container(width=430, gap=None):
            st.markdown(f"{notes}  \n:gray[Example: {ui.plain(variable.example)}]")
        if not link:
            return
        if len(having) <= NAMED_RULES:
            label = "In " + ", ".join(rule.title for rule in having)
        else:
            label = "In every trigger" if len(having) == len(RULES) else f"In {len(having)} triggers"
        ui.link("variable", label, variable=variable.name)


def by_group(variables: Iterable[Variable], *, link: bool = True) -> None:
    variables = tuple(variables)
    for group, title in GROUPS.items():
        inside = [variable for variable in variables if variable.group == group]
        if inside:
            st.markdown(f"##### {title}")
        for variable in inside:
            entry(variable, link=link)
