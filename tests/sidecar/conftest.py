"""The real process, as a shop runs it, beside a real mail server."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.desk import admin, job, maya, open_desk
from tests.smtp_server import smtp_server

__all__ = ["admin", "command", "job", "maya", "open_desk", "smtp_server", "start"]

ROOT = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-W", "error", "-m", "sidecar"]


class Running:
    """A sidecar that runs until its test ends; `lines` is what it has logged."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            PROGRAM, cwd=ROOT, env=os.environ | environment, stderr=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for_line(self, words: str, timeout: float = 20) -> None:
        with self._changed:
            found = self._changed.wait_for(lambda: any(words in line for line in self.lines), timeout)
        assert found, self.lines

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(timeout=20)
        self._reader.join()
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stderr
        self.process.stderr.close()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()


@pytest.fixture
def start(database_url: str, smtp_server) -> Iterator[Callable[..., Running]]:
    """Starts a live sidecar that mails to the loopback server, and waits until it works."""
    running: list[Running] = []

    def begin(**environment: str) -> Running:
        running.append(Running({"INKBELL_DELIVERY": "live", "SMTP_URL": smtp_server.url, **environment}))
        running[-1].wait_for_line("sidecar started")
        return running[-1]

    yield begin
    for one in running:
        one.close()


@pytest.fixture
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `python -m sidecar` with these arguments to its end."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *arguments], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60
        )

    return run
