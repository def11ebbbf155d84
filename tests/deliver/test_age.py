"""News grows old only while it could have gone: not during a pause, not while its channel is down."""

import pytest

from engine import access, providers
from tests import desk, shop
from tests.smtp_server import closed_port

RULE = "production_started_email"


@pytest.fixture(autouse=True)
def live(connection, job, smtp_server, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    monkeypatch.setenv("SMTP_URL", smtp_server.url)


def test_a_pause_in_which_no_sidecar_ran_makes_nothing_late(connection, job, run):
    desk.open_shop(connection, grace_seconds=60)
    shop.move_job(connection, job, "in_production")
    run()
    paused_at = connection.execute(
        "UPDATE shop SET sending_paused = true RETURNING paused_counted_until - now() AS lag"
    ).fetchone()
    connection.execute("UPDATE shop SET paused_counted_until = %s", [desk.after(hours=1)])

    connection.execute("UPDATE shop SET sending_paused = false")
    run(hours=100)

    assert abs(paused_at["lag"].total_seconds()) < 60
    assert desk.fates(connection, RULE) == [("sent", None)]


def test_the_time_before_the_pause_counts(connection, job, run):
    desk.open_shop(connection, grace_seconds=60)
    shop.move_job(connection, job, "in_production")
    run()
    connection.execute("UPDATE shop SET sending_paused = true")
    connection.execute("UPDATE shop SET paused_counted_until = %s", [desk.after(hours=80)])

    connection.execute("UPDATE shop SET sending_paused = false")
    run(hours=100)

    assert desk.fates(connection, RULE) == [("expired", "stale")]


def test_a_pause_is_counted_once_however_often_the_sidecar_looks(connection, job, run):
    desk.open_shop(connection, grace_seconds=60)
    shop.move_job(connection, job, "in_production")
    run()
    connection.execute("UPDATE shop SET sending_paused = true")
    for hours in (1, 2, 2.1, 30):
        run(hours=hours)
    connection.execute("UPDATE shop SET sending_paused = false")
    connection.execute("UPDATE message SET try_after = %s", [desk.after(hours=120)])
    run(hours=31)

    run(hours=120)

    assert desk.fates(connection, RULE) == [("expired", "stale")]


def test_a_short_outage_does_not_make_old_news_young(connection, job, run, smtp_server, monkeypatch):
    desk.open_shop(connection, grace_seconds=60)
    other = shop.make_job(connection, customer_id=job["customer_id"])
    shop.move_job(connection, job, "in_production")
    run()
    with closed_port() as port:
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
        run(hours=70)
    connection.execute("UPDATE message SET try_after = %s WHERE channel = 'email'", [desk.after(hours=76)])
    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    desk.open_shop(connection, grace_seconds=0)
    shop.move_job(connection, other, "in_production")
    run(hours=71)

    run(hours=76)

    assert desk.fates(connection, RULE) == [("expired", "stale"), ("sent", None)]


@pytest.mark.parametrize("disconnected_first", [False, True])
def test_an_outage_that_ends_with_new_settings_makes_nothing_late(
    connection, job, run, smtp_server, monkeypatch, disconnected_first
):
    monkeypatch.delenv("SMTP_URL")
    given = {"host": smtp_server.host, "mail_from": "orders@example.com"}
    providers.save(connection, "smtp", given | {"host": "no-such-host.invalid"}, actor=access.LOCAL)
    shop.move_job(connection, job, "in_production")
    run()

    if disconnected_first:
        providers.disconnect(connection, "smtp", actor=access.LOCAL)
    providers.save(connection, "smtp", given | {"port": smtp_server.port}, actor=access.LOCAL)
    run(hours=100)

    assert desk.fates(connection, RULE) == [("sent", None)]
