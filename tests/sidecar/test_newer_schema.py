"""A sidecar that meets a schema newer than itself stops cleanly and says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from engine.store.database import Connection

NEWER = "UPDATE alembic_version SET version_num = '9999'"


def test_at_its_start_it_says_so_in_one_line(connection: Connection, by_hand: Callable[..., Any]) -> None:
    connection.execute(NEWER)

    refused = by_hand("--once")

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1
    assert refused.stderr.startswith("sidecar: the database is at migration '9999' and this version knows only ")


def test_while_it_runs_it_stops_as_at_a_sigterm(connection: Connection, start: Callable[..., Any]) -> None:
    sidecar = start()

    connection.execute(NEWER)

    sidecar.wait_for_line("sidecar stopped")
    assert sidecar.process.wait(timeout=20) == 1
    logged = [json.loads(line) for line in sidecar.lines if line.startswith("{")]
    assert [line["event"] for line in logged][-2:] == ["sidecar too old", "sidecar stopped"]
    assert connection.execute("SELECT * FROM sidecar_heartbeat").fetchall() == []
