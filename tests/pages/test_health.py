"""The health page promises: what stands still is seen, and how long a change takes is measured."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from engine.store import backup
from tests import shop
from tests.pages.conftest import Visit, words


def test_a_shop_that_never_had_a_sidecar_is_told_how_to_start_one(visit: Visit) -> None:
    at = visit("health")

    assert "No sidecar has ever run." in at.error[0].value


def test_a_living_sidecar_tells_its_version_and_its_scans(visit: Visit, connection: shop.Connection) -> None:
    connection.execute(
        "INSERT INTO sidecar_heartbeat (instance, started_at, beat_at, details) VALUES ('one', now(), now(), "
        "jsonb_build_object('version', '1.2.3', 'scanned_at', now() - interval '4 seconds', "
        "'next_scan_at', now() + interval '1 minute'))"
    )

    text = words(visit("health"))

    assert "Version 1.2.3" in text
    assert re.search(r"looked for due dates \d+ s ago", text)
    assert "looks again in" in text


def test_a_sidecar_that_fell_silent_is_an_error_and_a_banner(visit: Visit, connection: shop.Connection) -> None:
    connection.execute(
        "INSERT INTO sidecar_heartbeat (instance, started_at, beat_at) "
        "VALUES ('one', now() - interval '1 day', now() - interval '5 minutes')"
    )

    at = visit("health")

    assert "The sidecar last beat 5 min ago." in at.error[0].value
    assert "The sidecar is not running" in at.warning[0].value


def test_the_queue_the_failures_and_an_outage_are_told(visit: Visit, connection: shop.Connection) -> None:
    common = {"rule_key": "job_complete_email", "channel": "email"}
    shop.insert(connection, "message", **common, status="queued", dedupe_key="1", send_after="2026-01-01T10:00Z")
    shop.insert(
        connection,
        "message",
        **common,
        status="failed",
        reason="refused",
        dedupe_key="2",
        send_after="2026-01-01T10:00Z",
    )
    connection.execute("INSERT INTO connection (provider, last_error) VALUES ('smtp', '535 no such user')")

    at = visit("health")

    figures = {metric.label: metric.value for metric in at.metric}
    assert figures["Waiting"] == "1"
    assert figures["Failed"] == "1"
    assert "The oldest that may go now is email" in words(at)
    assert "The provider refused it for this recipient." in words(at)
    assert "535 no such user" in words(at)


def test_what_went_out_at_once_is_told_in_thousandths_and_drawn(visit: Visit, connection: shop.Connection) -> None:
    row = connection.execute("SELECT now() - interval '1 minute' AS at").fetchone()
    assert row is not None
    paid = shop.insert(
        connection, "event", type="invoice.paid", subject_table="invoice", subject_id=7, occurred_at=row["at"]
    )
    shop.insert(
        connection, "message", rule_key="invoice_paid_email", channel="email", status="sent", dedupe_key="1",
        event_id=paid["id"], send_after=row["at"], sent_at=row["at"] + timedelta(milliseconds=16),
    )  # fmt: skip

    at = visit("health")

    assert {metric.label: metric.value for metric in at.metric}["Half within"] == "16 ms"
    assert at.get("vega_lite_chart")


@pytest.mark.parametrize("role", ["sales", "production"])
def test_everybody_sees_whether_it_runs(visit: Visit, signed_in: Callable[[str], dict[str, Any]], role: str) -> None:
    at = visit("health", user=signed_in(role))

    assert [title.value for title in at.title] == ["Health"]
    assert not at.exception


def backed_up(folder: Path, moment: datetime) -> None:
    (folder / "backups").mkdir(exist_ok=True)
    (folder / "backups" / moment.strftime(backup.NAME)).touch()


@pytest.fixture
def data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("INKBELL_DATA_DIR", str(tmp_path))
    return tmp_path


def test_a_shop_without_a_backup_is_told_how_to_make_one(visit: Visit, data_dir: Path) -> None:
    at = visit("health")

    assert "There is no backup yet." in at.warning[-1].value
    assert "make backup" in at.warning[-1].value


def test_an_old_backup_is_a_warning_and_a_fresh_one_is_only_named(
    visit: Visit, connection: shop.Connection, data_dir: Path
) -> None:
    row = connection.execute("SELECT now()").fetchone()
    assert row is not None
    backed_up(data_dir, row["now"] - timedelta(days=9))
    old = visit("health")
    backed_up(data_dir, row["now"] - timedelta(hours=1))
    fresh = visit("health")

    assert "The newest backup is from" in old.warning[-1].value
    assert "stands in its way" in old.warning[-1].value
    assert not any("backup" in warning.value for warning in fresh.warning)
    assert "The newest is from" in words(fresh)


def test_the_last_restore_tells_who_what_is_still_held_and_what_was_under_way(
    visit: Visit, connection: shop.Connection
) -> None:
    ada = shop.make_staff(connection, name="Ada Finch")
    event = shop.insert(connection, "event", type="invoice.paid", subject_table="invoice", subject_id=7)
    shop.insert(
        connection, "message", rule_key="invoice_paid_email", channel="email", status="held", reason="restored",
        dedupe_key="1", send_after="2026-01-01T10:00Z",
    )  # fmt: skip
    connection.execute(
        "INSERT INTO audit_entry (actor, action, subject, after) VALUES (%s, 'backup restored', 'shop', "
        "jsonb_build_object('file', 'inkbell-x.dump', 'held', 1, 'events', jsonb_build_array(%s::bigint)))",
        [f"staff:{ada['id']}", event["id"]],
    )

    said = words(visit("health"))

    assert "Ada Finch put the backup inkbell-x.dump back" in said
    assert "1 message is still held since then" in said
    assert "invoice.paid of invoice 7" in said


def test_its_link_leads_to_the_messages_that_need_a_person(visit: Visit, connection: shop.Connection) -> None:
    common = {"rule_key": "job_complete_email", "channel": "email", "send_after": "2026-01-01T10:00Z"}
    shop.insert(connection, "message", **common, status="held", reason="surge", subject="Stuck", dedupe_key="1")
    shop.insert(connection, "message", **common, status="delivered", subject="Arrived", dedupe_key="2")
    [link] = [
        link.proto for link in visit("health").get("page_link") if link.proto.label == "Look at what needs a person"
    ]

    at = visit("messages", **dict(parse_qsl(link.query_string)))

    assert "Stuck" in words(at)
    assert "Arrived" not in words(at)
