"""The real process, as a shop runs it, beside a real mail server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.desk import admin, job, maya, open_desk
from tests.running_sidecar import PROGRAM, ROOT, Running
from tests.smtp_server import smtp_server

__all__ = ["admin", "command", "job", "maya", "open_desk", "smtp_server", "start"]


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
