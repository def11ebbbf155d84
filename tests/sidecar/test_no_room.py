"""A Postgres without room is one sentence, admins hear of it once, nothing is lost, and no row is quoted anywhere."""

import re
import secrets

import pytest
from psycopg import sql

from tests import desk, shop

RULE = "production_started_email"
TOLD = ["The database ran out of room"]
NAMED = re.compile(r"@example|Maya|555")
NUMBERS = re.compile(r'"(?:timestamp|instance)": "[^"]*"')
"""In which the digits of a telephone number may happen to stand."""

REFUSES = """
CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no room for %', NEW.to_address USING ERRCODE = '{}', DETAIL = 'Row: ' || CAST(NEW AS text);
END $$;
CREATE TRIGGER refuses BEFORE INSERT ON attempt FOR EACH ROW EXECUTE FUNCTION refuses();
"""


def named(said):
    return NAMED.search(NUMBERS.sub("", said))


@pytest.fixture
def refuse(connection):
    """Makes Postgres refuse every attempt with this SQLSTATE, and takes that back."""

    def begin(code):
        connection.execute(REFUSES.format(code))

    def end():
        connection.execute("DROP TRIGGER refuses ON attempt")

    return begin, end


def test_a_run_by_hand_on_a_full_disk_says_so_in_a_line_tells_admins_once_and_drains_later(
    connection, admin, job, command, by_hand, smtp_server, refuse
):
    begin, end = refuse
    live = {"INKBELL_DELIVERY": "live", "SMTP_URL": smtp_server.url}
    shop.move_job(connection, job, "in_production")
    begin("53100")

    failed = [run("--once", **live) for run in (command, by_hand)]

    assert [(done.returncode, done.stdout) for done in failed] == [(1, "")] * 2
    said = {done.stderr.splitlines()[-1] for done in failed}
    assert said == {"sidecar: the disk of Postgres is full; make room, and what waits goes on by itself"}
    assert not named("".join(done.stderr for done in failed))
    assert desk.alerts(connection) == TOLD
    end()
    assert by_hand("--once", **live).returncode == 0
    assert desk.fates(connection, RULE) == [("sent", None)]
    assert len(smtp_server.mails) == 1


def test_a_sidecar_at_work_waits_for_room_tells_admins_once_and_drains_by_itself(
    connection, admin, start, smtp_server, refuse
):
    begin, end = refuse
    running = start()
    begin("53100")
    for _ in range(2):
        shop.move_job(connection, shop.make_job(connection), "in_production")
    running.wait_for_line("DatabaseExhausted")

    end()
    smtp_server.wait_for(2, timeout=30)

    running.stop()
    assert desk.alerts(connection) == TOLD
    assert desk.fates(connection, RULE) == [("sent", None)] * 2
    assert not named("\n".join(running.lines))


@pytest.fixture
def role(connection, server):
    """Not a superuser, who would pass any limit."""
    name = f"inkbell_{secrets.token_hex(4)}"
    role = sql.Identifier(name)
    server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
    connection.execute(sql.SQL("GRANT ALL ON ALL TABLES IN SCHEMA public TO {}").format(role))
    connection.execute(sql.SQL("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {}").format(role))
    yield name
    server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", [name])
    connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
    server.execute(sql.SQL("DROP ROLE {}").format(role))


def test_a_sidecar_that_gets_no_connection_waits_tells_admins_once_and_drains_by_itself(
    connection, server, admin, role, start, smtp_server
):
    running = start(DATABASE_URL=f"{connection.info.dsn} user={role}")
    limit = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
    server.execute(limit.format(sql.Identifier(role), 0))
    server.execute(end, [role])
    running.wait_for_line("DatabaseExhausted")
    # Whoever stood in the door already has come in meanwhile, and nobody does any more.
    server.execute(end, [role])
    shop.move_job(connection, shop.make_job(connection), "in_production")
    running.wait_for_line("pass failed")

    server.execute(limit.format(sql.Identifier(role), -1))
    smtp_server.wait_for(1, timeout=30)
    running.wait_for_line("database is back")

    running.stop()
    assert desk.alerts(connection) == TOLD
    assert desk.fates(connection, RULE) == [("sent", None)]
    assert "DatabaseExhausted" in "\n".join(running.lines)
