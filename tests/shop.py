"""The shop's own system, as tests need it: it writes records with plain SQL and knows nothing of Inkbell."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

Row = dict[str, Any]
Connection = psycopg.Connection[Row]

_counter = itertools.count(1)


def insert(connection: Connection, table: str, **values: Any) -> Row:
    """Writes one row and returns it as it stands, defaults included."""
    statement = (
        sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
        )
        if values
        else sql.SQL("INSERT INTO {} DEFAULT VALUES RETURNING *").format(sql.Identifier(table))
    )
    row = connection.execute(statement, values).fetchone()
    assert row is not None
    return row


def update(connection: Connection, table: str, id: int, **values: Any) -> Row:
    statement = sql.SQL("UPDATE {} SET {} WHERE id = {} RETURNING *").format(
        sql.Identifier(table),
        sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values),
        sql.Literal(id),
    )
    row = connection.execute(statement, values).fetchone()
    assert row is not None
    return row


def set_shop(connection: Connection, **values: Any) -> Row:
    """Changes the shop's one row, such as `grace_seconds=0` or `timezone='UTC'`."""
    shop = connection.execute("SELECT id FROM shop").fetchone()
    assert shop is not None
    return update(connection, "shop", shop["id"], **values)


def make_staff(connection: Connection, **values: Any) -> Row:
    number = next(_counter)
    return insert(
        connection, "staff", **{"name": "Robin Vale", "email": f"staff{number}@example.com", "role": "admin"} | values
    )


def make_customer(connection: Connection, **values: Any) -> Row:
    number = next(_counter)
    return insert(
        connection,
        "customer",
        **{"name": "Maya Ortiz", "email": f"maya{number}@example.com", "phone": "+12125550123"} | values,
    )


def make_job(connection: Connection, **values: Any) -> Row:
    """Without a `customer_id` it makes the customer too."""
    if "customer_id" not in values:
        values["customer_id"] = make_customer(connection)["id"]
    return insert(connection, "job", **{"title": "Spring run shirts"} | values)


def make_artwork(connection: Connection, **values: Any) -> Row:
    """The next version of the job's artwork, unless one is named."""
    if "job_id" not in values:
        values["job_id"] = make_job(connection)["id"]
    if "version" not in values:
        last = connection.execute(
            "SELECT coalesce(max(version), 0) AS version FROM artwork WHERE job_id = %(job_id)s", values
        ).fetchone()
        assert last is not None
        values["version"] = last["version"] + 1
    return insert(connection, "artwork", **values)


def make_shipment(connection: Connection, **values: Any) -> Row:
    if "job_id" not in values:
        values["job_id"] = make_job(connection)["id"]
    return insert(
        connection, "shipment", **{"carrier": "UPS", "tracking_number": f"1Z999AA1{next(_counter):010d}"} | values
    )


def make_invoice(connection: Connection, **values: Any) -> Row:
    """Of the job's customer where there is a job; without either it makes a customer."""
    if "customer_id" not in values and "job_id" in values:
        job = connection.execute("SELECT customer_id FROM job WHERE id = %(job_id)s", values).fetchone()
        assert job is not None
        values["customer_id"] = job["customer_id"]
    elif "customer_id" not in values:
        values["customer_id"] = make_customer(connection)["id"]
    return insert(connection, "invoice", **{"total_cents": 48_250} | values)


def make_payment(connection: Connection, **values: Any) -> Row:
    if "invoice_id" not in values:
        values["invoice_id"] = make_invoice(connection, status="sent")["id"]
    return insert(connection, "payment", **{"amount_cents": 48_250, "received_on": date(2026, 3, 2)} | values)


def make_lead(connection: Connection, **values: Any) -> Row:
    return insert(connection, "lead", **{"name": "Jonas Beck", "email": "jonas@example.com"} | values)


def make_reorder_request(connection: Connection, **values: Any) -> Row:
    if "customer_id" not in values:
        values["customer_id"] = make_customer(connection)["id"]
    return insert(connection, "reorder_request", **values)


def move_job(connection: Connection, job: Row, *statuses: str) -> Row:
    """Moves the job through the statuses, one statement each."""
    for status in statuses:
        job = update(connection, "job", job["id"], status=status)
    return job


def events(connection: Connection, **where: Any) -> list[Row]:
    """Every event, or those with these columns, in order of birth."""
    condition = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in where
    )
    statement = sql.SQL("SELECT * FROM event WHERE {} ORDER BY id").format(condition if where else sql.SQL("true"))
    return connection.execute(statement, where).fetchall()


def digests(connection: Connection) -> dict[str, str]:
    """Each table with a digest over all of its rows: two that are equal mean that nothing changed."""
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    each = [
        sql.SQL("SELECT {}, md5(string_agg(t::text, '' ORDER BY t::text)) FROM {} AS t").format(
            sql.Literal(row["tablename"]), sql.Identifier(row["tablename"])
        )
        for row in tables
    ]
    all_of_them = sql.SQL(" UNION ALL ").join(each)
    rows = connection.execute(sql.SQL("SELECT * FROM ({}) AS d (name, digest)").format(all_of_them))
    return {row["name"]: row["digest"] for row in rows}
