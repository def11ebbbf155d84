"""What is away comes back: queues hold meanwhile, admins are told once, and in the end everything goes out."""

import secrets
from collections import Counter
from contextlib import nullcontext

import pytest
from psycopg import sql

from engine.deliver import outbox
from engine.errors import DatabaseUnreachable
from engine.store import database
from tests import desk, shop
from tests.smtp_server import closed_port

EMAIL, TEXT = "production_started_email", "job_complete_sms"
PER_KIND = 2

FULL = """
CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER disk_full BEFORE INSERT ON {} EXECUTE FUNCTION disk_full();
"""


@pytest.fixture(autouse=True)
def live(connection, smtp_server, twilio_server, monkeypatch):
    twilio_server.clock = lambda: desk.NOW
    given = {
        "INKBELL_DELIVERY": "live",
        "SMTP_URL": smtp_server.url,
        "TWILIO_ACCOUNT_SID": twilio_server.account_sid,
        "TWILIO_AUTH_TOKEN": twilio_server.auth_token,
        "TWILIO_FROM": twilio_server.sender,
        "TWILIO_API_BASE": twilio_server.url,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    desk.open_shop(connection, surge_limit=0)
    desk.only(connection, EMAIL, TEXT, "lead_new_notification")


def busy(connection):
    """Two emails, two texts and a notice for every admin."""
    for status in ("in_production", "completed_order"):
        for _ in range(PER_KIND):
            shop.move_job(connection, shop.make_job(connection), status)
    shop.make_lead(connection)


def fates(connection, rule_key):
    return Counter(desk.fates(connection, rule_key))


def test_a_mail_server_away_for_an_hour_costs_no_message_and_one_alert(
    connection, admin, smtp_server, twilio_server, run, monkeypatch
):
    with closed_port() as port:
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
        for minutes in (0, 1, 5, 20, 59):
            busy(connection)
            run(minutes=minutes)

        assert fates(connection, EMAIL) == {("queued", None): 5 * PER_KIND}
        assert {row["attempts"] for row in desk.messages(connection, rule_key=EMAIL)} == {0}
        assert fates(connection, TEXT) == {("sent", None): 5 * PER_KIND}
        assert desk.alerts(connection) == ["Email can't be sent"]

    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    run(minutes=65)

    assert fates(connection, EMAIL) == {("sent", None): 5 * PER_KIND}
    assert len(set(smtp_server.message_ids)) == len(smtp_server.mails) == 5 * PER_KIND
    assert desk.alerts(connection) == ["Email can't be sent"]


def test_a_second_outage_is_told_as_well(connection, admin, smtp_server, run, monkeypatch):
    for hours in (0, 2):
        with closed_port() as port:
            monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
            busy(connection)
            run(hours=hours)
        monkeypatch.setenv("SMTP_URL", smtp_server.url)
        run(hours=hours + 1)

    assert fates(connection, EMAIL) == {("sent", None): 2 * PER_KIND}
    assert desk.alerts(connection) == ["Email can't be sent"] * 2


def test_revoked_twilio_credentials_hold_the_texts_and_nothing_else_until_they_are_restored(
    connection, admin, smtp_server, twilio_server, run
):
    given, twilio_server.auth_token = twilio_server.auth_token, "another"
    for minutes in (0, 1, 20, 59):
        busy(connection)
        run(minutes=minutes)

    assert fates(connection, TEXT) == {("queued", None): 4 * PER_KIND}
    assert fates(connection, EMAIL) == {("sent", None): 4 * PER_KIND}
    assert (twilio_server.texts, desk.alerts(connection)) == ([], ["Text messages can't be sent"])

    twilio_server.auth_token = given
    run(minutes=65)

    assert fates(connection, TEXT) == {("sent", None): 4 * PER_KIND}
    bodies = [text["body"] for text in twilio_server.texts]
    assert len(set(bodies)) == len(bodies) == 4 * PER_KIND
    assert desk.alerts(connection) == ["Text messages can't be sent"]


@pytest.mark.parametrize("table", ["message", "attempt"])
def test_a_full_disk_loses_nothing_and_repeats_nothing(connection, admin, smtp_server, run, table):
    connection.execute(sql.SQL(FULL).format(sql.Identifier(table)))
    busy(connection)
    for minutes in (0, 1):
        # A decision that has no room is put aside; a hand-off that has none ends the run.
        with (
            nullcontext()
            if table == "message"
            else pytest.raises(DatabaseUnreachable, match="disk of Postgres is full")
        ):
            run(minutes=minutes)
    assert smtp_server.mails == []

    connection.execute(sql.SQL("DROP TRIGGER disk_full ON {}").format(sql.Identifier(table)))
    run(minutes=30)

    assert fates(connection, EMAIL) == fates(connection, TEXT) == {("sent", None): PER_KIND}
    assert desk.fates(connection, "lead_new_notification") == [("sent", None)]
    assert len(set(smtp_server.message_ids)) == len(smtp_server.mails) == PER_KIND


def test_a_disk_that_fills_between_the_hand_off_and_its_record_repeats_under_the_same_message_id(
    connection, smtp_server, run
):
    job = shop.make_job(connection)
    shop.move_job(connection, job, "in_production")
    connection.execute(
        FULL.replace("BEFORE INSERT ON {}", "BEFORE UPDATE ON message FOR EACH ROW WHEN (NEW.status = 'sent')")
    )
    with pytest.raises(DatabaseUnreachable, match="disk of Postgres is full"):
        run()

    connection.execute("DROP TRIGGER disk_full ON message")
    run(seconds=outbox.LEASE_SECONDS)

    message = desk.message(connection, EMAIL)
    assert message["status"] == "sent"
    assert smtp_server.message_ids == [message["rfc_message_id"]] * 2


CUT = """
CREATE SEQUENCE cuts;
CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('cuts') <= 2 THEN PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(5); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cut BEFORE UPDATE ON message FOR EACH ROW WHEN (NEW.status = 'sent') EXECUTE FUNCTION cut();
"""


def test_a_connection_that_ends_between_the_hand_off_and_its_record_costs_no_second_copy(connection, smtp_server, run):
    connection.execute(CUT)
    shop.move_job(connection, shop.make_job(connection), "in_production")

    run()
    run(seconds=outbox.LEASE_SECONDS)

    assert desk.fates(connection, EMAIL) == [("sent", None)]
    assert len(smtp_server.mails) == 1


def test_a_server_that_takes_no_more_connections_is_waited_for(connection, server, smtp_server, run):
    # A superuser would pass any limit.
    role = sql.Identifier(f"inkbell_{secrets.token_hex(4)}")
    server.execute(sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT 0").format(role))
    try:
        connection.execute(sql.SQL("GRANT ALL ON ALL TABLES IN SCHEMA public TO {}").format(role))
        connection.execute(sql.SQL("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {}").format(role))
        busy(connection)
        url = connection.info.dsn
        database.use(f"{url} user={role.as_string()[1:-1]}")
        with pytest.raises(DatabaseUnreachable, match="too many connections"):
            run()

        server.execute(sql.SQL("ALTER ROLE {} CONNECTION LIMIT -1").format(role))
        run(minutes=1)

        assert fates(connection, EMAIL) == fates(connection, TEXT) == {("sent", None): PER_KIND}
        assert len(smtp_server.mails) == PER_KIND
    finally:
        database.close()
        connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
        server.execute(sql.SQL("DROP ROLE {}").format(role))
