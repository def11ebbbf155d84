"""The classes promise: they are the tables that the migrations make."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel, select

from engine.store import database, tables

CLASSES = sorted(SQLModel.metadata.tables)


def described(columns: list[tuple[str, sa.types.TypeEngine[object], bool]]) -> dict[str, tuple[str, bool]]:
    dialect = postgresql.dialect()
    return {name: (type.compile(dialect), nullable) for name, type, nullable in columns}


@pytest.fixture(scope="module")
def migrated(shared_url):
    looking = sa.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(shared_url), poolclass=sa.pool.StaticPool
    )
    yield sa.inspect(looking)
    looking.dispose()


def test_every_table_has_a_class_and_the_other_way_round(migrated):
    assert {*migrated.get_table_names()} - {"alembic_version"} == {*CLASSES}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_the_columns_of_its_table(name, migrated):
    table = SQLModel.metadata.tables[name]

    ours = described([(column.name, column.type, bool(column.nullable)) for column in table.columns])
    theirs = described([(column["name"], column["type"], column["nullable"]) for column in migrated.get_columns(name)])

    assert ours == theirs


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_the_keys_of_its_table(name, migrated):
    table = SQLModel.metadata.tables[name]

    primary = migrated.get_pk_constraint(name)["constrained_columns"]
    foreign = {
        (key["constrained_columns"][0], key["referred_table"], key["referred_columns"][0])
        for key in migrated.get_foreign_keys(name)
    }

    assert {column.name for column in table.primary_key} == {*primary}
    assert {(key.parent.name, key.column.table.name, key.column.name) for key in table.foreign_keys} == foreign


@pytest.mark.parametrize("name", CLASSES)
def test_every_foreign_key_can_be_looked_up_by_an_index(name, migrated):
    leading = {index["column_names"][0] for index in migrated.get_indexes(name)}
    leading |= {unique["column_names"][0] for unique in migrated.get_unique_constraints(name)}
    leading |= {migrated.get_pk_constraint(name)["constrained_columns"][0]}

    assert {key["constrained_columns"][0] for key in migrated.get_foreign_keys(name)} <= leading


def test_what_postgres_fills_in_is_left_to_it(database_url):
    with database.session() as session:
        customer = tables.Customer(name="Maya Ortiz")
        session.add(customer)
        session.flush()
        job = tables.Job(title="Spring run shirts", customer_id=customer.id)
        session.add(job)
        session.flush()

        assert job.number == "1001"
        assert job.created_at.utcoffset().total_seconds() == 0
        assert len(customer.portal_token) == 64


def test_a_session_that_fails_leaves_nothing(database_url):
    with pytest.raises(RuntimeError, match="half-way"), database.session() as session:
        session.add(tables.Customer(name="Maya Ortiz"))
        session.flush()
        raise RuntimeError("half-way")

    with database.session() as session:
        assert session.exec(select(tables.Customer)).all() == []
