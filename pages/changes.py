"""What was taken away from a wording and what was added, marked word by word."""

from __future__ import annotations

from collections.abc import Iterable

from streamlit.components import v2

from engine.compose.history import Change

CSS = """
:host { display: block; }
.changes { font-family: var(--st-code-font); font-size: 0.8125rem; line-height: 1.55; color: var(--st-text-color);
  border: 1px solid var(--st-border-color); border-radius: 6px; overflow: hidden; }
.changes > * { display: grid; grid-template-columns: 1.5em minmax(0, 1fr); padding: 1px 12px 1px 6px;
  text-decoration: none; white-space: pre-wrap; overflow-wrap: anywhere; }
del { background: color-mix(in srgb, var(--st-red-color) 14%, transparent); }
ins { background: color-mix(in srgb, var(--st-green-color) 16%, transparent); }
mark { color: inherit; border-radius: 2px; }
del mark { background: color-mix(in srgb, var(--st-red-color) 34%, transparent); }
ins mark { background: color-mix(in srgb, var(--st-green-color) 38%, transparent); }
.skipped { border-block: 1px dashed var(--st-border-color); opacity: 0.75; }
"""

JS = """
export default function ({ data, parentElement }) {
  const kinds = { kept: ["div", ""], gone: ["del", "−"], added: ["ins", "+"], skipped: ["div", "⋯"] };
  parentElement.querySelector(".changes").replaceChildren(...data.changes.map(([kind, parts]) => {
    const [name, sign] = kinds[kind];
    const lines = document.createElement(name);
    lines.className = kind;
    const before = document.createElement("span");
    before.textContent = sign;
    const text = document.createElement("span");
    for (const [words, marked] of parts) {
      const part = document.createElement(marked ? "mark" : "span");
      part.textContent = words;
      text.append(part);
    }
    lines.append(before, text);
    return lines;
  }));
}
"""

_changes = v2.component("inkbell_changes", html='<div class="changes"></div>', css=CSS, js=JS)


def changes(those: Iterable[Change], key: str) -> None:
    _changes(data={"changes": [[each.kind, [list(part) for part in each.parts]] for each in those]}, key=key)
