"""Variables with their meaning and an example; a click on a tag copies it. One element, as one each is slow to draw."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st
from streamlit.components import v2

from engine.catalog.rules import RULES, rules_with
from engine.catalog.variables import Variable
from pages import clipboard, ui

NAMED_RULES = 3
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

CSS = """
:host { display: block; }
.groups { font-family: var(--st-font); color: var(--st-text-color); line-height: 1.5; overflow-wrap: anywhere; }
h3 { font-size: 1rem; font-weight: 600; margin: 20px 0 4px; }
.groups > h3:first-child { margin-top: 0; }
ul { list-style: none; margin: 0; padding: 0; }
li { display: grid; grid-template-columns: 250px minmax(0, 1fr) 190px; gap: 2px 20px; align-items: start;
  padding: 8px 0; border-bottom: 1px solid var(--st-border-color); }
li:last-child { border-bottom: 0; }
p { margin: 0; }
.example { font-size: 0.875rem; opacity: 0.75; }
button { justify-self: start; text-align: left; font-family: var(--st-code-font); font-size: 0.8125rem;
  line-height: 1.5; padding: 3px 8px; cursor: pointer; color: var(--st-code-text-color, var(--st-text-color));
  background: var(--st-code-background-color); border: 1px solid var(--st-border-color); border-radius: 4px; }
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
button.copied { background: var(--st-primary-color); border-color: var(--st-primary-color);
  color: var(--st-background-color); }
a { font-size: 0.875rem; color: var(--st-link-color); padding: 4px 0; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 760px) { li { grid-template-columns: minmax(0, 1fr); } }
"""

# A real address, so that a new tab can open it; a plain click stays in this session.
JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const said = parentElement.querySelector(".said");
  const element = (name, kind, text) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    if (text) made.textContent = text;
    return made;
  };
  const tag = (name) => {
    const button = element("button", "", "{{ " + name + " }}");
    button.title = "Click to copy";
    copies(button, name, said);
    return button;
  };
  const where = (name, label) => {
    const link = element("a", "", label);
    link.href = "variable?variable=" + name;
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      setTriggerValue("open", name);
    };
    return link;
  };
  parentElement.querySelector(".groups").replaceChildren(...data.groups.flatMap(([title, entries]) => {
    const list = element("ul");
    for (const [name, label, meaning, example, found] of entries) {
      const item = element("li");
      const text = element("div");
      const says = element("p");
      says.append(element("strong", "", label + "."), " " + meaning);
      text.append(says, element("p", "example", "Example: " + example));
      item.append(tag(name), text);
      if (found) item.append(where(name, found));
      list.append(item);
    }
    return [element("h3", "", title), list];
  }));
}
"""

_glossary = v2.component(
    "inkbell_glossary",
    html='<div class="groups"></div><p class="said" role="status"></p>',
    css=CSS,
    js=clipboard.JS + JS,
)


def glossary(variables: Iterable[Variable], key: str, *, link: bool = True) -> None:
    """By group, in the registry's order; with `link` each leads to every trigger that has it."""
    variables = tuple(variables)
    groups = [
        [title, [_entry(variable, link) for variable in variables if variable.group == group]]
        for group, title in GROUPS.items()
        if any(variable.group == group for variable in variables)
    ]
    clicked = _glossary(key=key, data={"groups": groups}, on_open_change=lambda: None)
    if name := clicked.get("open"):
        st.switch_page(ui.room("variable"), query_params={"variable": str(name)})


def _entry(variable: Variable, link: bool) -> list[str | None]:
    meaning = f"{variable.meaning} May be empty." if variable.may_be_empty else variable.meaning
    return [variable.name, variable.label, meaning, variable.example, _where(variable) if link else None]


def _where(variable: Variable) -> str:
    having = rules_with(variable.name)
    if len(having) <= NAMED_RULES:
        return "In " + ", ".join(rule.title for rule in having)
    return "In every trigger" if len(having) == len(RULES) else f"In {len(having)} triggers"
