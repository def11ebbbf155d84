"""The staff app as a process of its own, as `make run` starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def running_app(*options: str, port: int | None = None, said: IO[bytes] | int = subprocess.DEVNULL) -> Iterator[str]:
    """Its address, once it answers; `said` gets what it writes to both streams."""
    port = port or free_port()
    app = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), *options],
        cwd=ROOT, env=os.environ, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=7), timeout=30) as client:
            client.get(f"http://127.0.0.1:{port}/_stcore/health").raise_for_status()
        yield f"http://localhost:{port}"
    finally:
        os.killpg(app.pid, signal.SIGTERM)
        app.wait(timeout=20)
