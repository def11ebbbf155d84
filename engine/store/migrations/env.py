"""How Alembic reaches the database: on the connection that `migrate()` hands over, else on one of its own."""

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

from engine.store import database, tables  # noqa: F401  (the tables register themselves)


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=SQLModel.metadata)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with database.engine().begin() as own:
        run(own)
