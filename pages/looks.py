"""How a message looks where it arrives: in an inbox, on a phone, in the app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamlit.components import v2

from pages.preview import HEAD

CSS = """
:host { display: block; }
.look { font-family: var(--st-font); color: var(--st-text-color); overflow-wrap: anywhere; }
.look > p { margin: 0; }
.inbox { border-bottom: 1px solid var(--st-border-color); padding: 2px 0 10px; }
.inbox .from { font-size: 0.8125rem; opacity: 0.75; }
.inbox .title { font-weight: 600; margin: 1px 0; }
.inbox .more { font-size: 0.875rem; opacity: 0.75; }
.sms { max-width: 340px; padding: 18px 14px; border-radius: 22px; background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); }
.sms .from { text-align: center; font-size: 0.75rem; opacity: 0.75; margin-bottom: 12px; }
.sms .body { white-space: pre-wrap; padding: 9px 13px; border-radius: 16px 16px 16px 4px; line-height: 1.45;
  font-size: 0.9375rem; background: var(--st-background-color); border: 1px solid var(--st-border-color); }
.in_app, .toast { max-width: 400px; padding: 12px 14px; border: 1px solid var(--st-border-color); border-radius: 6px;
  background: var(--st-background-color); }
.toast { box-shadow: 0 4px 16px rgb(0 0 0 / 16%); background: var(--st-secondary-background-color); }
.in_app { border-left: 3px solid var(--st-primary-color); }
.in_app .title, .toast .title { font-weight: 600; }
.in_app .body, .toast .body { white-space: pre-wrap; font-size: 0.9375rem; line-height: 1.45; }
mark { background: var(--st-orange-background-color, #f6dcb8); color: inherit; border-radius: 2px; padding: 0 1px;
  box-shadow: inset 0 -2px var(--st-orange-color, #b5651d); }
"""

JS = """
export default function ({ data, parentElement }) {
  const look = parentElement.querySelector(".look");
  look.className = "look " + data.kind;
  const marked = new Set(data.marked);
  const pieces = (text) => {
    if (!marked.size) return [text];
    return [...text].map((letter) => {
      if (!marked.has(letter)) return letter;
      const mark = document.createElement("mark");
      mark.textContent = letter;
      return mark;
    });
  };
  look.replaceChildren(...data.lines.filter(([, text]) => text).map(([kind, text]) => {
    const line = document.createElement("p");
    line.className = kind;
    line.append(...pieces(text));
    return line;
  }));
}
"""

FRAME = """
<div class="window"><iframe title="Preview" sandbox="allow-same-origin" referrerpolicy="no-referrer"></iframe></div>
"""

FRAME_CSS = """
:host { display: block; }
.window { overflow: hidden; border: 1px solid var(--st-border-color); border-radius: 6px; max-width: 100%;
  box-sizing: border-box; }
iframe { display: block; border: 0; background: #fff; transform-origin: 0 0; }
"""

# A column may be narrower than a desktop's window; the letter is then laid out as wide as there, and drawn smaller.
FRAME_JS = """
export default function ({ data, parentElement }) {
  const box = parentElement.querySelector(".window");
  const frame = box.querySelector("iframe");
  const fit = () => {
    const page = frame.contentDocument && frame.contentDocument.documentElement;
    if (!page || !page.querySelector("body")) return;
    const scale = Math.min(1, (box.parentElement.clientWidth - 2) / data.width || 1);
    frame.style.width = data.width + "px";
    frame.style.transform = `scale(${scale})`;
    const height = Math.min(page.querySelector("body").offsetHeight, 4000);
    frame.style.height = height + "px";
    box.style.height = height * scale + 2 + "px";
    box.style.width = data.width * scale + 2 + "px";
  };
  frame.title = data.title;
  frame.style.width = data.width + "px";
  frame.onload = fit;
  if (frame.srcdoc !== data.document) frame.srcdoc = data.document;
  else fit();
  const watch = new ResizeObserver(fit);
  watch.observe(box.parentElement);
  return () => watch.disconnect();
}
"""

_frame = v2.component("inkbell_letter", html=FRAME, css=FRAME_CSS, js=FRAME_JS)
_look = v2.component("inkbell_look", html='<div class="look"></div>', css=CSS, js=JS)


def _draw(kind: str, lines: Sequence[tuple[str, str]], marked: Sequence[str] = ()) -> None:
    data: dict[str, Any] = {"kind": kind, "lines": lines, "marked": marked}
    _look(data=data, key=f"look_{kind}")


def inbox(sender: str, subject: str, preheader: str) -> None:
    """The line that somebody reads before they open it."""
    _draw("inbox", [("from", sender), ("title", subject), ("more", preheader)])


def letter(html: str, title: str, width: int) -> None:
    """The email as in a window of `width` pixels, without scripts."""
    _frame(data={"document": HEAD + html, "title": title, "width": width}, key="look_letter")


def text_message(sender: str, text: str, forcing: Sequence[str]) -> None:
    """`forcing` characters, which make it dearer, are marked."""
    _draw("sms", [("from", sender), ("body", text)], forcing)


def notice(channel: str, title: str, text: str) -> None:
    """`in_app` or `toast`."""
    _draw(channel, [("title", title), ("body", text)])
