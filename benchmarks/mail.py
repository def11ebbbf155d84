"""Mail servers that take everything, and the two plainest ways of filling them."""

from __future__ import annotations

import shutil
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.ground import ROOT
from benchmarks.table import Skipped

PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/sbin"
MISSING = "smtp-sink and smtp-source are missing; as root: apt-get install --no-install-recommends postfix"


def tool(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=PLACES)


def lacking(what: str) -> Skipped | None:
    return None if tool("smtp-sink") and tool("smtp-source") else Skipped(what, MISSING)


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's own bin for mail, in C, on a port of loopback."""
    port, program = free_port(), tool("smtp-sink")
    assert program
    process = subprocess.Popen(
        [program, "-u", "nobody", f"127.0.0.1:{port}", "1000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield port
    finally:
        process.kill()
        process.wait()


class Server:
    """One that keeps nothing but when each mail came, for whom, and under which Message-ID."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._in, self._out = process, process.stdin, process.stdout
        self.port = int(self._out.readline())

    def taken(self) -> int:
        self._in.write("\n")
        self._in.flush()
        return int(self._out.readline())

    def arrivals(self) -> dict[str, float]:
        """When the first mail for each recipient came, as perf_counter counts. Asked once, at the end."""
        return {recipient: float(came) for came, recipient, _ in reversed(self._all())}

    def repeats(self) -> int:
        """How many came under a Message-ID that was there before. Asked once, at the end."""
        mails = self._all()
        return len(mails) - len({message_id for _, _, message_id in mails})

    def _all(self) -> list[list[str]]:
        return [line.split() for line in self._process.communicate(timeout=20)[0].splitlines()]


@contextmanager
def server(wait: float = 0.0) -> Iterator[Server]:
    """Takes everything, and answers each mail after `wait` seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.mail_server", str(wait)], cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Server(process)
    finally:
        process.kill()
        process.communicate()


def by_source(port: int, messages: int, size: int) -> float:
    """Messages a second of Postfix's own generator: one session, bodies of this size, no database."""
    program = tool("smtp-source")
    assert program
    began = time.perf_counter()
    subprocess.run(
        [program, "-d", "-s", "1", "-m", str(messages), "-l", str(size), "-f", "hello@example.com",
         "-t", "c1@example.com", f"127.0.0.1:{port}"],
        check=True, capture_output=True,
    )  # fmt: skip
    return messages / (time.perf_counter() - began)


def by_smtplib(port: int, messages: int, data: bytes) -> float:
    """Messages a second of Python's own client, sending one ready-made message over and over."""
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("hello@example.com", ["c1@example.com"], data)
        began = time.perf_counter()
        for _ in range(messages):
            client.sendmail("hello@example.com", ["c1@example.com"], data)
        return messages / (time.perf_counter() - began)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_for(port: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
