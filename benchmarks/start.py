"""What somebody waits for at the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from benchmarks.table import Row, Rows
from benchmarks.timing import seconds

COMMANDS = ("engine catalog --json", "engine migrate", "sidecar --once")
ROUNDS = 3


def rows(commands: Sequence[str] = COMMANDS, rounds: int = ROUNDS) -> Rows:
    with tempfile.TemporaryDirectory() as empty:
        own = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        own |= {"INKBELL_DATA_DIR": empty, "INKBELL_DELIVERY": "sandbox"}
        bare = seconds(lambda: run([sys.executable, "-c", "pass"], own), rounds)
        for words in commands:
            took = seconds(lambda words=words: run([sys.executable, "-m", *words.split()], own), rounds)
            yield Row(f"python -m {words}, from start to end", took, bare, "python -c pass", "s")


def run(words: list[str], environ: dict[str, str]) -> None:
    subprocess.run(words, check=True, capture_output=True, env=environ)
