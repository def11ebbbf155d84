"""How a trigger and a variable are drawn, on every page that shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import streamlit as st

from engine.catalog.rule import Rule
from engine.catalog.variables import variable as variable_called
from pages import example, ui
from pages.chips import chips

RECIPIENTS = {
    "customer": "the customer",
    "customer_billing": "the customer’s billing address, with copies",
    "admins": "every admin",
    "staff": "everyone signed in",
}
SERVICES = {"twilio": "Twilio", "stripe": "Stripe"}


def fires(rule: Rule, labels: dict[str, str]) -> str:
    """What fires it, with the shop's own name of a status."""
    return in_labels(rule.when.says, labels)


def in_labels(says: str, labels: dict[str, str]) -> str:
    """A sentence of the catalog, which names a status by its key."""

    def named(found: re.Match[str]) -> str:
        return found[1] + " or ".join(labels.get(key, key) for key in found[2].split(" or "))

    return re.sub(r"(moves to |is in )(\w+(?: or \w+)*)", named, says)


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
        f"{rule.says}\n\n**Fires when** {ui.plain(fires(rule, labels))}  \n"
        f"**Goes to** {RECIPIENTS[rule.to]}  \n**Key** `{rule.key}`"
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
