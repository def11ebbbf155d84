"""What the app does once, an AppTest would do at each run: with these a visit takes as long as a visitor's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner


@contextmanager
def compiled_once() -> Iterator[None]:
    """The frame and its pages; compiling them is two fifths of a visit."""
    kept = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        for module in (app_test, local_script_runner):
            patch.setattr(module, "ScriptCache", lambda: kept)
        yield


@contextmanager
def components_found_once() -> Iterator[None]:
    """What every installed package says of itself; reading that is four fifths of a first visit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield
