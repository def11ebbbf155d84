"""Postgres: the pool, the tables, the migrations, the named SQL and the embedded server."""
