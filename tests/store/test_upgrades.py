"""Every step of the schema's history promises: it runs up from each earlier one, with a shop's data in place."""

from __future__ import annotations

import psycopg
import pytest
from alembic import command
from psycopg.rows import dict_row

from engine.errors import SchemaAhead
from engine.store import database, schema
from engine.store.database import Connection
from engine.store.migrate import _config, migrate
from tests.conftest import Admin, fresh_database
from tests.desk import NOW
from tests.shop import insert, make_artwork, make_invoice, make_job, make_shipment, make_staff, move_job

EARLIER = schema.revisions()[:-1]
KEPT = ("customer", "job", "artwork", "shipment", "invoice", "payment", "event", "message", "attempt", "suppression")


def migrate_to(revision: str) -> None:
    with database.engine().begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def open_for_business(connection: Connection) -> None:
    """A shop in the middle of its day, written with what the first schema had."""
    connection.execute("INSERT INTO shop (name) VALUES ('Bay Street Print')")
    for place, key in enumerate(("quote", "art_approval_sent", "in_production")):
        connection.execute("INSERT INTO job_status (key, label, position) VALUES (%s, %s, %s)", [key, key, place])
    staff = make_staff(connection)
    job = make_job(connection, source="customer", sales_rep_id=staff["id"])
    make_artwork(connection, job_id=job["id"])
    move_job(connection, job, "art_approval_sent", "in_production")
    make_shipment(connection, job_id=job["id"])
    invoice = make_invoice(connection, job_id=job["id"], status="sent", due_date=NOW.date())
    insert(connection, "payment", invoice_id=invoice["id"], amount_cents=100, received_on=NOW.date())
    insert(connection, "suppression", channel="sms", address="+12125550123", reason="opted_out", since=NOW)
    for place, status in enumerate(("queued", "sent", "unknown", "held")):
        message = insert(
            connection, "message", rule_key="job_complete_sms", channel="sms", customer_id=job["customer_id"],
            status=status, dedupe_key=status, send_after=NOW, sent_at=NOW, provider_id=f"SM{place}",
        )  # fmt: skip
        insert(connection, "attempt", message_id=message["id"], lease=1, started_at=NOW)
    insert(connection, "rule_setting", rule_key="job_complete_sms", enabled=True, enabled_at=NOW)
    insert(connection, "wording_draft", rule_key="job_complete_sms", staff_id=staff["id"], body="Ready!")


def counts(connection: Connection) -> dict[str, int]:
    found = {}
    for table in KEPT:
        row = connection.execute(f"SELECT count(*) AS n FROM {table}").fetchone()
        assert row
        found[table] = row["n"]
    return found


def test_a_shop_at_each_earlier_revision_comes_up_with_everything_it_had(
    empty_database_url: str, server: Admin, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    climbing = psycopg.conninfo.conninfo_to_dict(empty_database_url)["dbname"]
    for revision in EARLIER:
        database.use(empty_database_url)
        migrate_to(revision)
        database.close()
        # A session of ours may take a moment longer to end than its connection, and would be in the way of a copy.
        server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [climbing])
        with (
            fresh_database(server, server_url, monkeypatch, template=str(climbing)) as url,
            psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection,
        ):
            open_for_business(connection)
            before = counts(connection)

            migrate()

            database.require_current_schema()
            assert counts(connection) == before, revision
            assert min(before.values()) > 0, revision
            assert connection.execute("SELECT name FROM shop").fetchall() == [{"name": "Bay Street Print"}], revision


def test_nothing_is_migrated_where_a_newer_version_was_at_work(connection: Connection) -> None:
    connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SchemaAhead, match="start the newer version"):
        migrate()
