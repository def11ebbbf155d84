"""The vital signs promise: what is late is told from what waits on purpose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from engine import vital_signs
from tests import shop
from tests.shop import Connection

NOW = datetime(2026, 3, 2, 15, 20, tzinfo=UTC)


def message(connection: Connection, key: str, **values: Any) -> int:
    common = {"rule_key": "job_complete_email", "channel": "email", "status": "sent", "send_after": NOW}
    return int(shop.insert(connection, "message", **common | {"dedupe_key": key} | values)["id"])


def handed_off(connection: Connection, key: str, *, happened: datetime, after: datetime, sent: datetime) -> None:
    event = shop.insert(
        connection,
        "event",
        type="job.status_changed",
        subject_table="job",
        subject_id=0,
        occurred_at=happened,
        handled_at=happened,
    )
    message(connection, key, event_id=event["id"], send_after=after, sent_at=sent)


def test_an_empty_ledger_has_signs_too(connection: Connection) -> None:
    signs = vital_signs.read(connection, NOW)

    assert signs.sidecar is None
    assert signs.oldest is None
    assert signs.latency.handed_off == 0
    assert signs.latency.ours_p95 is None
    assert [count for _, count in signs.per_hour] == [0] * 24


def test_the_oldest_is_one_that_may_go_now(connection: Connection) -> None:
    message(connection, "at noon tomorrow", status="queued", send_after=NOW + timedelta(days=1))
    message(connection, "retried later", status="queued", send_after=NOW - timedelta(days=1), try_after=NOW)
    late = message(connection, "late", status="queued", send_after=NOW - timedelta(minutes=9))

    signs = vital_signs.read(connection, NOW)

    assert signs.oldest is not None
    assert (signs.oldest.message_id, NOW - signs.oldest.due_at) == (late, timedelta(minutes=9))
    assert signs.in_status("queued") == 3


def test_latency_is_told_with_and_without_the_waits_on_purpose(connection: Connection) -> None:
    grace = timedelta(minutes=2)
    for number in range(10):
        happened = NOW - timedelta(hours=1)
        ready = happened + grace
        handed_off(connection, str(number), happened=happened, after=ready, sent=ready + timedelta(seconds=number))
    old = NOW - timedelta(days=2)
    handed_off(connection, "old", happened=old, after=old, sent=old + timedelta(hours=1))

    latency = vital_signs.read(connection, NOW).latency

    assert latency.handed_off == 10
    assert latency.ours_p50 == timedelta(seconds=4.5)
    assert latency.whole_p50 == grace + timedelta(seconds=4.5)
    assert latency.ours_p95 is not None
    assert timedelta(seconds=8) < latency.ours_p95 <= timedelta(seconds=9)


def test_hours_are_whole_and_the_last_is_the_present_one(connection: Connection) -> None:
    message(connection, "now", sent_at=NOW)
    message(connection, "before", sent_at=NOW - timedelta(minutes=30))

    hours = vital_signs.read(connection, NOW).per_hour

    assert hours[-1] == (datetime(2026, 3, 2, 15, tzinfo=UTC), 1)
    assert hours[-2] == (datetime(2026, 3, 2, 14, tzinfo=UTC), 1)


def test_failures_of_a_week_are_counted_by_reason(connection: Connection) -> None:
    for number, reason in enumerate(("gave_up", "refused", "refused")):
        message(connection, str(number), status="failed", reason=reason, created_at=NOW)
    message(connection, "long ago", status="failed", reason="refused", created_at=NOW - timedelta(days=8))

    assert vital_signs.read(connection, NOW).failures == (("email", "refused", 2), ("email", "gave_up", 1))


def test_events_that_nobody_could_decide_are_told(connection: Connection) -> None:
    shop.insert(connection, "event", type="lead.created", subject_table="lead", subject_id=0, tries=3, occurred_at=NOW)

    signs = vital_signs.read(connection, NOW)

    assert (signs.undecided, signs.stuck_events, signs.undecided_since) == (1, 1, NOW)


def test_a_sidecar_is_alive_for_a_minute_after_its_beat(connection: Connection) -> None:
    for instance, seconds in (("quick", 59), ("gone", 61)):
        shop.insert(
            connection,
            "sidecar_heartbeat",
            instance=instance,
            started_at=NOW - timedelta(hours=1),
            beat_at=NOW - timedelta(seconds=seconds),
        )

    found = vital_signs.read(connection, NOW).sidecars

    assert [(one.instance, one.alive) for one in found] == [("quick", True), ("gone", False)]
