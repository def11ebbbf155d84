"""What somebody waits for at the command line."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from benchmarks.timing import seconds
from engine.settings import environment

READS = ("engine catalog --json",)
WRITES = ("engine migrate", "sidecar --once")


def run() -> Iterator[tuple[str, float]]:
    with tempfile.TemporaryDirectory() as empty:
        own = os.environ | {"INKBELL_DATA_DIR": empty, "INKBELL_DELIVERY": "sandbox"}
        # A configured database is a shop's, and no measurement is worth a message in it.
        for words in READS if environment().database_url else READS + WRITES:
            yield words, seconds(lambda words=words: command(words, own), 3)


def command(words: str, environ: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", *words.split()], check=True, capture_output=True, env=environ)
