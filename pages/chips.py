"""Variables as small buttons; a click copies the tag, ready to paste into a wording."""

from __future__ import annotations

from collections.abc import Iterable

from streamlit.components import v2

from engine.catalog.variables import Variable
from pages import clipboard

CSS = """
:host { display: block; }
ul { display: flex; flex-wrap: wrap; gap: 6px; list-style: none; margin: 0; padding: 0; }
button {
  font-family: var(--st-code-font); font-size: 0.8rem; line-height: 1.5; padding: 2px 8px; cursor: pointer;
  color: var(--st-code-text-color, var(--st-text-color)); background: var(--st-code-background-color);
  border: 1px solid var(--st-border-color); border-radius: 4px;
}
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
button.copied { background: var(--st-primary-color); border-color: var(--st-primary-color);
  color: var(--st-background-color); }
p { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); margin: 0; }
"""

JS = """
export default function ({ data, parentElement }) {
  const said = parentElement.querySelector("p");
  parentElement.querySelector("ul").replaceChildren(...data.tags.map(([tag, meaning]) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.textContent = tag;
    button.title = meaning + " Click to copy.";
    copies(button, tag, said);
    item.append(button);
    return item;
  }));
}
"""

_chips = v2.component("inkbell_chips", html='<ul></ul><p role="status"></p>', css=CSS, js=clipboard.JS + JS)


def chips(variables: Iterable[Variable], key: str) -> None:
    _chips(data={"tags": [[variable.name, variable.meaning] for variable in variables]}, key=key)
