"""Which of Streamlit's scripts the browser fetches along with a page, instead of when they are first needed."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

STATIC = Path(st.__file__).parent / "static"
SCRIPTS = STATIC / "static" / "js"
DRAWN_WITH = ("Toast",)
"""The first toast is lost if the page is drawn anew while its script is still on the way. What else nearly every page
is drawn with was tried too: it keeps the page's own scripts waiting, and the heading came a tenth of a second later."""
IMPORTED = re.compile(r'(?:from|import) ?"\./([\w.-]+\.js)"')


def header() -> str | None:
    """The value of a Link header (RFC 8288); None for a Streamlit whose scripts have other names."""
    page = (STATIC / "index.html").read_text()
    found: dict[str, None] = {}
    for part in DRAWN_WITH:
        for script in SCRIPTS.glob(f"{part}.*.js"):
            _add(script, found)
    wanted = [name for name in found if f"/{name}" not in page]
    return ", ".join(f"<./static/js/{name}>; rel=modulepreload" for name in wanted) or None


def _add(script: Path, found: dict[str, None]) -> None:
    """With whatever it imports, and that in turn."""
    if script.name in found or not script.is_file():
        return
    found[script.name] = None
    for name in IMPORTED.findall(script.read_text()):
        _add(SCRIPTS / name, found)
