"""How long a browser waits for a page, beside a page of Streamlit with nothing on it."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import mail
from benchmarks.ground import ROOT
from benchmarks.table import Row, Rows, Skipped
from tests.chromium import NAMES, chromium

TURNS = 3
EMPTY = "import streamlit as st; st.title('Empty')"


def rows(url: str, pages: Sequence[str]) -> Rows:
    if not any(map(shutil.which, NAMES)):
        yield Skipped("first paint in Chromium", "Chromium is missing; as root: apt-get install chromium")
        return
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY)

        def painted(address: str) -> float:
            page = browser.new_page()
            began = time.perf_counter()
            page.goto(address)
            page.get_by_role("heading", level=1).first.wait_for()
            took = time.perf_counter() - began
            page.close()
            return took

        with serving(str(script)) as empty, serving("app.py", DATABASE_URL=url) as app:
            for path in ("", *pages):
                painted(f"{app}/{path}")
            bare, took = [], {path: [] for path in pages}
            for _ in range(TURNS):
                bare.append(painted(empty))
                for path in pages:
                    took[path].append(painted(f"{app}/{path}"))
        yield from _paints({path: statistics.median(times) for path, times in took.items()}, statistics.median(bare))


def _paints(took: dict[str, float], bare: float) -> Rows:
    home, slowest = took[next(iter(took))], max(took, key=took.__getitem__)
    beside, what = "an empty Streamlit page", "first paint in Chromium"
    yield Row(f"{what}: the home page", home, bare, beside, "s", at_most=2)
    yield Row(
        f"{what}: half of {len(took)} pages, at most", statistics.median(took.values()), bare, beside, "s", at_most=2
    )
    name = slowest.partition("?")[0] or "home"
    yield Row(f"{what}: the slowest ({name})", took[slowest], bare, beside, "s", at_most=2)


@contextmanager
def serving(script: str, **environment: str) -> Iterator[str]:
    port = mail.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), "--server.headless", "true",
         "--server.address", "localhost"],
        cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        mail.wait_for(port, 60)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(20)
