"""An order's way through the shop, drawn once: every trigger at its stop, filled when it is on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.components import v2

from engine.catalog.journey import ALL_ALONG, STOPS, Stop
from pages import ui

KEY = "journey"

HTML = '<ol></ol><p class="along"></p>'

CSS = """
:host { display: block; }
ol { list-style: none; margin: 0; padding: 0; display: grid;
  grid-template-columns: repeat(5, minmax(0, 1fr)) minmax(0, 1.9fr);
  font-family: var(--st-font); color: var(--st-text-color); }
.stop { position: relative; padding: 26px 12px 0 0; }
.stop::before { content: ""; position: absolute; top: 7px; left: 0; right: 0; height: 2px;
  background: var(--st-border-color); }
.stop:last-child::before { right: auto; width: 14px; }
.stop::after { content: ""; position: absolute; top: 1px; left: 0; width: 14px; height: 14px; box-sizing: border-box;
  border-radius: 50%; border: 2px solid var(--st-text-color); background: var(--st-background-color); }
.name { font-weight: 600; margin: 0 0 4px; }
ul { list-style: none; margin: 0; padding: 0; }
.stop:last-child ul { columns: 2; column-gap: 12px; }
.stop li { break-inside: avoid; }
a { display: flex; gap: 7px; align-items: baseline; padding: 3px 0; min-height: 24px; box-sizing: border-box;
  font-size: 0.8125rem; line-height: 1.35; color: var(--st-text-color); text-decoration: none;
  overflow-wrap: anywhere; }
a:hover, a:focus-visible { color: var(--st-link-color); text-decoration: underline; }
.pin { flex: none; width: 9px; height: 9px; box-sizing: border-box; border-radius: 50%;
  border: 1.5px solid var(--st-primary-color); transform: translateY(0.5px); }
.pin.on { background: var(--st-primary-color); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.along { display: flex; flex-wrap: wrap; gap: 0 16px; align-items: baseline; margin: 12px 0 0; padding: 6px 0 0;
  border-top: 1px dashed var(--st-border-color); font-family: var(--st-font); color: var(--st-text-color); }
.along .name { margin: 0; font-size: 0.8125rem; }
@media (max-width: 760px) {
  ol { grid-template-columns: minmax(0, 1fr); }
  .stop { padding: 0 0 12px 26px; }
  .stop::before { top: 5px; bottom: -5px; left: 6px; right: auto; width: 2px; height: auto; }
  .stop:last-child::before { display: none; }
  .stop::after { top: 5px; }
  .stop:last-child ul { columns: 1; }
}
"""

# A real address, so that a new tab can open it; a plain click stays in this session.
JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const element = (name, kind, text) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    if (text) made.textContent = text;
    return made;
  };
  const pin = ([key, title, on]) => {
    const link = element("a");
    link.href = "rule?rule=" + key;
    link.append(element("span", on ? "pin on" : "pin"), element("span", "", title));
    link.lastChild.append(element("span", "unseen", on ? ", on" : ", off"));
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      setTriggerValue("open", key);
    };
    return link;
  };
  parentElement.querySelector("ol").replaceChildren(...data.stops.map(([title, pins]) => {
    const stop = element("li", "stop");
    const list = element("ul");
    for (const one of pins) {
      const item = element("li");
      item.append(pin(one));
      list.append(item);
    }
    stop.append(element("p", "name", title), list);
    return stop;
  }));
  const [title, pins] = data.along;
  parentElement.querySelector(".along").replaceChildren(element("span", "name", title), ...pins.map(pin));
}
"""

_journey = v2.component("inkbell_journey", html=HTML, css=CSS, js=JS)


def journey(state: Mapping[str, bool]) -> None:
    """`state` says which rules are on; a click on one opens it."""

    def pins(stop: Stop) -> list[Any]:
        return [
            stop.title,
            [[rule.key, rule.title, state.get(rule.key, rule.default)] for rule in stop.rules],
        ]

    clicked = _journey(
        key=KEY,
        data={"stops": [pins(stop) for stop in STOPS], "along": pins(ALL_ALONG)},
        on_open_change=lambda: None,
    )
    st.caption("Filled: on. Empty: off. A trigger opens with a click.")
    if key := clicked.get("open"):
        st.switch_page(ui.room("rule"), query_params={"rule": str(key)})
