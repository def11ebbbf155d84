"""The real process, as a shop runs it, beside a real mail server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from subprocess import CompletedProcess

import pytest
from structlog.testing import capture_logs

from engine.store import database
from sidecar import __main__ as program
from sidecar import log
from tests.desk import admin, job, maya, open_desk
from tests.in_process import Ended, call
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
def command() -> Callable[..., CompletedProcess[str]]:
    """Runs `python -m sidecar` with these arguments to its end."""

    def run(*arguments: str, **environment: str) -> CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *arguments], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60
        )

    return run


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """The same for a run that ends by itself, without a process of its own, which takes a second; its log is left out.

    Whoever says nothing of the database has the one of this test.
    """
    # What it sets up for its log stays for the rest of the process.
    monkeypatch.setattr(log, "configure", lambda: None)

    def run(*arguments: str, **environment: str) -> Ended:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        database.close()
        with capture_logs():
            return call(program.main, *arguments)

    return run
