"""What draws a toast, fetched by the browser along with a page instead of when there is first one to draw."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

STATIC = Path(st.__file__).parent / "static"
SCRIPTS = STATIC / "static" / "js"
TOAST = "Toast.*.js"
"""The first toast is lost if the page is drawn anew while its script is still on the way. What else nearly every page
is drawn with was tried too: it keeps the page's own scripts waiting, and the heading came a tenth of a second later."""


def header() -> str | None:
    """The value of a Link header (RFC 8288); None for a Streamlit whose scripts have other names."""
    return ", ".join(f"<./static/js/{script.name}>; rel=modulepreload" for script in SCRIPTS.glob(TOAST)) or None
