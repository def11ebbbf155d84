"""The sidecar as a process of its own, as a shop runs it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parent.parent
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
