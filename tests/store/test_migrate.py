"""Migrating promises: it can be repeated, two at once do no harm, and nobody works on a schema that is behind."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.rows import dict_row

from engine.catalog.rules import RULES
from engine.catalog.statuses import JOB_STATUSES
from engine.errors import DatabaseUnfit, SchemaBehind
from engine.store import database, schema
from engine.store.migrate import migrate
from tests import shop


def everything() -> dict[str, object]:
    with database.transaction() as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for table in ("shop", "job_status", "rule_setting", "staff", "alembic_version")
        }


def test_an_empty_database_becomes_a_usable_empty_shop(empty_database_url):
    migrate()

    shop = everything()
    assert len(shop["shop"]) == 1
    assert {row["key"] for row in shop["job_status"]} == {status.key for status in JOB_STATUSES}
    assert {row["rule_key"]: row["enabled"] for row in shop["rule_setting"]} == {r.key: r.default for r in RULES}
    assert all(row["enabled_at"] for row in shop["rule_setting"])
    assert shop["staff"] == []


def test_options_of_a_rule_start_at_their_default(database_url):
    options = {row["rule_key"]: row["options"] for row in everything()["rule_setting"]}

    assert options["payment_due_soon_email"] == {"days_before": 3}


def test_migrating_twice_changes_nothing(database_url):
    migrate()
    before = everything()

    migrate()

    assert everything() == before


def test_migrating_again_keeps_what_the_shop_changed(database_url, connection):
    migrate()
    connection.execute("UPDATE shop SET name = 'Paper & Press'")
    connection.execute("UPDATE job_status SET label = 'On press' WHERE key = 'in_production'")
    connection.execute("UPDATE rule_setting SET enabled = NOT enabled")
    before = everything()

    migrate()

    assert everything() == before


def test_two_processes_that_migrate_at_once_both_succeed(empty_database_url):
    command = [sys.executable, "-c", "from engine.store.migrate import migrate; migrate()"]

    with ThreadPoolExecutor() as pool:
        runs = pool.map(lambda _: subprocess.run(command, capture_output=True, text=True, env=os.environ), range(2))

    assert [(run.returncode, run.stderr) for run in runs] == [(0, ""), (0, "")]
    assert len(everything()["shop"]) == 1


def test_a_failed_migration_leaves_nothing(empty_database_url):
    with database.transaction() as connection:
        connection.execute("CREATE TABLE message (stands integer, in_the_way integer)")

    with pytest.raises(Exception, match="already exists"):
        migrate()

    with database.transaction() as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert found == [{"tablename": "message"}]


@pytest.fixture
def clerk(server, empty_database_url):
    """The address of the empty database for a user who owns nothing."""
    name = f"clerk_{secrets.token_hex(4)}"
    server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    yield empty_database_url.replace("postgres@", f"{name}@", 1)
    database.use(empty_database_url)
    with database.transaction() as connection:
        connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def test_a_user_who_may_not_make_tables_is_told_whom_to_name(clerk):
    database.use(clerk)

    with pytest.raises(DatabaseUnfit, match=r"user 'clerk_\w+' .*denied for schema public\); name the owner"):
        migrate()


def test_a_user_who_may_not_read_the_tables_is_told_whom_to_name(clerk):
    migrate()
    database.use(clerk)

    with pytest.raises(DatabaseUnfit, match="denied for table alembic_version"):
        database.require_current_schema()


def test_the_tables_stand_where_the_triggers_look_though_the_user_has_a_schema_of_their_own(empty_database_url):
    with database.transaction() as connection:
        connection.execute("CREATE SCHEMA postgres")

    migrate()

    with psycopg.connect(empty_database_url, row_factory=dict_row) as writer:
        shop.make_job(writer, source="customer")
        assert [event["type"] for event in shop.events(writer)] == ["order.received"]


def test_a_database_that_can_not_hold_every_text_is_refused_before_anything_is_written(server, server_url):
    name = f"inkbell_{secrets.token_hex(8)}"
    create = "CREATE DATABASE {} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0 STRATEGY file_copy"
    server.execute(sql.SQL(create).format(sql.Identifier(name)))
    database.use(server_url.replace("/postgres?", f"/{name}?", 1))

    with pytest.raises(DatabaseUnfit, match=r"keeps its text in LATIN1.*ENCODING 'UTF8'"):
        migrate()

    database.close()
    server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def test_a_schema_that_is_behind_is_refused_with_the_command_to_run(empty_database_url):
    with pytest.raises(SchemaBehind, match=r"lacks Inkbell's tables; run `python -m engine migrate`"):
        database.require_current_schema()

    migrate()
    database.require_current_schema()


def test_files_are_numbered_like_the_revisions_in_them():
    chain = [step.revision for step in ScriptDirectory(str(schema.VERSIONS.parent)).walk_revisions()]

    assert schema.revisions() == chain[::-1]


def test_an_older_revision_is_refused_and_a_newer_one_is_not(database_url, connection):
    connection.execute("DELETE FROM alembic_version")
    with pytest.raises(SchemaBehind, match=r"lacks \d+ migrations?; run"):
        database.require_current_schema()

    connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    database.require_current_schema()
