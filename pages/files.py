"""Files are taken from whoever has a place for one on their page; Streamlit would keep anybody's in memory."""

from __future__ import annotations

import re
import threading

from streamlit.runtime.scriptrunner import get_script_run_ctx

MOST = 1_000
"""Sessions that are remembered; of a place that was drawn longer ago the page has to be loaded again."""

_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]*)")

_lock = threading.Lock()
_expected: dict[str, None] = {}


def expect() -> None:
    """Beside the place, after the look at who is there."""
    run = get_script_run_ctx()
    if run is None:
        return
    with _lock:
        _expected.pop(run.session_id, None)
        _expected[run.session_id] = None
        if len(_expected) > MOST:
            del _expected[next(iter(_expected))]


def is_uncalled_for(path: str) -> bool:
    """Whether it hands in a file for a session that has no place for one, as a stranger's before the sign-in."""
    found = _UPLOAD.search(path)
    return found is not None and found[1] not in _expected
