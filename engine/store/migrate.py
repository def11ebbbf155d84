"""Brings the database to the schema this code needs, and fills in what an empty shop starts with."""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.config import Config
from psycopg.types.json import Jsonb

from engine.catalog.rules import RULES
from engine.catalog.statuses import JOB_STATUSES
from engine.errors import DatabaseUnfit
from engine.store import database, fingerprint, queries, schema
from engine.store.outages import rights_asked


def migrate() -> None:
    """Safe to repeat, and safe for two processes at once: everything is one transaction under an advisory lock."""
    with database.transaction() as looking, rights_asked(looking):
        _refuse_encoding(looking)
        schema.refuse_newer(looking)
    with database.engine().begin() as connection:
        raw: database.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        with rights_asked(raw):
            _climb(connection, raw)


def _refuse_encoding(connection: database.Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnfit(
            f"the database {connection.info.dbname!r} keeps its text in {encoding}, which lacks signs that customers "
            "write; name one in DATABASE_URL that was created with ENCODING 'UTF8'"
        )


def _climb(connection: Any, raw: database.Connection) -> None:
    seed = queries.load("seed")
    raw.execute(seed.alone)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    _fill(raw, seed)
    fingerprint.mark(raw)


def _fill(connection: Any, seed: queries.Queries) -> None:
    connection.execute(seed.shop)
    with connection.cursor() as cursor:
        cursor.executemany(
            seed.job_status,
            [
                {
                    "key": status.key,
                    "label": status.label,
                    "position": status.position,
                    "customer_label": status.customer_label,
                    "announce": status.announce,
                }
                for status in JOB_STATUSES
            ],
        )
        cursor.executemany(
            seed.rule_setting,
            [{"key": rule.key, "enabled": rule.default, "options": Jsonb(dict(rule.options))} for rule in RULES],
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(schema.VERSIONS.parent).replace("%", "%%"))
    return config
