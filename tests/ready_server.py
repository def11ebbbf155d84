"""An embedded server that was made once for the whole run, to copy where a test is not about making one."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from engine.store import embedded
from tests.conftest import FAST, FOLDER


def copy(data_dir: Path, owner: int | None = None) -> None:
    """Puts one into a data directory, as it would have been made there, or by the user with this id."""
    data_dir.mkdir(parents=True, exist_ok=True)
    # With the owner of each of a thousand small files.
    subprocess.run(["cp", "-a", _made() / "postgres", data_dir], check=True)
    if owner is not None:
        subprocess.run(["chown", "-R", str(owner), data_dir], check=True)


@cache
def _made() -> Path:
    folder = Path(os.environ[FOLDER])
    made, draft = folder / "ready", folder / "ready.new"
    with (folder / "ready.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(draft, ignore_errors=True)
            embedded.Hold(draft, FAST).release()
            (draft / "postgres" / "server.log").unlink()
            draft.rename(made)
    return made
