"""Other programs for the same work, each in a virtual environment that is not Inkbell's."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from benchmarks import ground
from benchmarks.table import Row, Skipped

PYTHON = ground.ROOT / ".venv-peers" / "bin" / "python"
MISSING = "the peers are not installed; `make bench` installs them into .venv-peers"
FOLDER = Path(__file__).parent


def run(program: str, **given: object) -> dict[str, float] | None:
    """What the program prints as JSON; None where the peers are not installed."""
    if not PYTHON.exists():
        return None
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(PYTHON), str(FOLDER / f"{program}.py"), json.dumps(given)],
        env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{program} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def post_office(what: str, figure: float, port: int, messages: int) -> Row | Skipped:
    with ground.shop():
        best = run("post_office_mails", url=ground.url(), port=port, messages=messages)
    if best is None:
        return Skipped(what, f"django-post_office: {MISSING}")
    beside = f"django-post_office, {best['threads']:.0f} threads"
    return Row(what, figure, best["a_second"], beside, "a second", at_least=5)
