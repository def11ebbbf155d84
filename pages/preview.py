"""A message shown as it was sent, where nothing in it can run or reach the app."""

from __future__ import annotations

from streamlit.components import v2

POLICY = "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'"

# Before whatever the message says: a second doctype, html or head tag is ignored by the parser, so it can't undo this.
# A link opens nothing, because the frame may not open windows.
HEAD = (
    f'<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="{POLICY}"><base target="_blank">'
)

# allow-same-origin lets the page measure the height; together with allow-scripts it would be no sandbox at all.
FRAME = '<iframe title="The message" sandbox="allow-same-origin" referrerpolicy="no-referrer"></iframe>'

CSS = """
:host { display: block; }
iframe {
  display: block; width: 100%; height: 420px; box-sizing: border-box;
  border: 1px solid var(--st-border-color); border-radius: 6px; background: #fff;
}
"""

# The list behind refreshes every other second; an unchanged message must not flicker.
JS = """
export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector("iframe");
  frame.title = data.title;
  frame.onload = () => {
    const page = frame.contentDocument && frame.contentDocument.documentElement;
    if (page) frame.style.height = Math.min(page.scrollHeight + 2, 1600) + "px";
  };
  if (frame.srcdoc !== data.document) frame.srcdoc = data.document;
}
"""

_frame = v2.component("inkbell_preview", html=FRAME, css=CSS, js=JS)


def email(html: str, title: str, key: str) -> None:
    """The email's HTML, in a frame without scripts."""
    _frame(data={"document": HEAD + html, "title": title}, key=key)
