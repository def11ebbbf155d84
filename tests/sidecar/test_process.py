"""The resident sidecar promises: it hears of a change at once, stops when told, and outlives its database's absence."""

import json
import re
import time
from pathlib import Path

import pytest

from tests import desk, shop
from tests.smtp_server import HANG

RULE = "production_started_email"


def press(connection, **values):
    shop.move_job(connection, shop.make_job(connection, **values), "in_production")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_a_committed_change_is_an_email_within_two_seconds_and_many_leave_it_small(connection, start, smtp_server):
    desk.open_shop(connection, surge_limit=0)
    running = start()
    press(connection)
    smtp_server.wait_for(1)

    changed = time.monotonic()
    press(connection)
    smtp_server.wait_for(2)

    assert time.monotonic() - changed < desk.promised(2)
    for _ in range(20):
        press(connection)
    smtp_server.wait_for(22)
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    resident = int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])
    assert resident < 150 * 1024


def test_a_message_that_waits_out_the_grace_period_goes_without_another_change(connection, start, smtp_server):
    desk.open_shop(connection, grace_seconds=2)
    start()

    press(connection)

    [mail] = smtp_server.wait_for(1)
    message = desk.message(connection, RULE)
    assert mail.message_id == message["rfc_message_id"]
    assert message["send_after"] > message["created_at"]


def test_a_server_that_never_answers_does_not_delay_the_stop_and_leaves_a_doubt(connection, start, smtp_server):
    smtp_server.on("end", HANG)
    running = start()
    press(connection)
    smtp_server.wait_for(1)

    told = time.monotonic()
    code = running.stop()

    assert (code, time.monotonic() - told < desk.promised(2)) == (0, True)
    message = desk.message(connection, RULE)
    assert (message["status"], desk.attempts(connection, message["id"])) == ("sending", [None])


def test_killed_in_the_middle_it_repeats_at_most_the_one_message_in_flight(connection, start, by_hand, smtp_server):
    smtp_server.on("end", HANG, times=1)
    running = start()
    press(connection)
    smtp_server.wait_for(1)
    running.close()
    connection.execute("UPDATE message SET leased_until = now() WHERE status = 'sending'")

    done = by_hand("--once", INKBELL_DELIVERY="live", SMTP_URL=smtp_server.url)

    assert json.loads(done.stdout)["recovered_queued"] == 1
    assert desk.fates(connection, RULE) == [("sent", None)]
    assert smtp_server.message_ids == [desk.message(connection, RULE)["rfc_message_id"]] * 2


def test_two_sidecars_send_each_message_once(connection, start, smtp_server):
    desk.open_shop(connection, surge_limit=0)
    start()
    start()

    for _ in range(12):
        press(connection)

    smtp_server.wait_for(12, timeout=30)
    rows = desk.messages(connection, rule_key=RULE)
    assert sorted(smtp_server.message_ids) == sorted(row["rfc_message_id"] for row in rows)


def test_a_database_that_goes_away_is_waited_for_and_nothing_is_lost(connection, server, start, smtp_server):
    name = connection.info.dbname
    running = start()
    press(connection)
    running.wait_for_line(RULE)

    server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND application_name = 'inkbell'",
        [name],
    )
    press(connection)
    running.wait_for_line("pass failed")
    server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    smtp_server.wait_for(2, timeout=30)
    running.wait_for_line("database is back")
    assert running.stop() == 0
    assert desk.fates(connection, RULE) == [("sent", None)] * 2


def test_told_to_stop_it_is_gone_within_two_seconds_and_its_log_of_json_objects_names_nobody(
    connection, server, maya, start, command, smtp_server
):
    smtp_server.on("rcpt", "550 5.1.1 <maya@example.com>: no such user", times=1)
    running = start()
    for _ in range(2):
        press(connection, customer_id=maya["id"], title="Relay team shirts")
    press(connection, title="Relay team shirts")
    smtp_server.wait_for(1)
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND application_name = 'inkbell'",
        [connection.info.dbname],
    )
    press(connection)
    smtp_server.wait_for(2, timeout=30)
    assert command("--check").returncode == 0

    told = time.monotonic()
    code = running.stop()

    assert (code, time.monotonic() - told < desk.promised(2)) == (0, True)
    assert connection.execute("SELECT FROM sidecar_heartbeat").fetchall() == []
    lines = [json.loads(line) for line in running.lines]
    assert lines[-1]["event"] == "sidecar stopped"
    assert {"sidecar started", "decided", "message"} <= {line["event"] for line in lines}
    said = "\n".join(running.lines)
    assert not re.search(r"@example|Maya|Relay|555-?01|/p/|[0-9a-f]{32}", said), said
