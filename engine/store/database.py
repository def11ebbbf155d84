"""The connection to Postgres: one pool per process, shared by plain SQL and SQLModel."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg.errors import QueryCanceled
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from engine.errors import BadSetting, Crossed, DatabaseUnreachable, SchemaBehind
from engine.store import address, embedded, schema
from engine.store.address import url
from engine.store.keeper import Connection, Keeper, Taken, kept
from engine.store.outages import exhausted, explained, is_away, rights_asked, unreachable

__all__ = ["Connection", "Keeper", "url"]

# Imported where they are used: most of the time and memory of a process that needs only plain SQL.
if TYPE_CHECKING:
    import sqlalchemy
    from sqlmodel import Session

POOL_SIZE = 40  # 32 senders, and the threads beside them; opened only as far as they are needed
NARROW_POOL_SIZE = 4

WHERE_WE_LOOK = "SET search_path = public"
"""The functions of our triggers look there too, whatever schema the user has of their own."""
IN_A_HURRY = WHERE_WE_LOOK + "; SET statement_timeout = '2s'"

_lock = threading.RLock()
_pool: ConnectionPool[Connection] | None = None
_narrow_pool: ConnectionPool[Connection] | None = None
_is_narrow: ContextVar[bool] = ContextVar("is_narrow", default=False)
_engine: sqlalchemy.Engine | None = None


def use(url: str) -> None:
    """Moves this process to another database."""
    close()
    address.choose(url)


def close() -> None:
    """Gives every connection back, and lets go of the embedded server; the next use opens again."""
    global _pool, _narrow_pool, _engine
    with _lock:
        for opened in (_pool, _narrow_pool):
            if opened is not None:
                opened.close()
        _pool = _narrow_pool = _engine = None
        address.choose(None)
        embedded.release()


@contextmanager
def transaction() -> Iterator[Connection]:
    """Commits at the end, rolls back on an exception; raises DatabaseUnreachable when Postgres is away or full."""
    with _borrowed() as connection, explained(connection), connection.transaction():
        yield connection


@contextmanager
def pipelined() -> Iterator[Connection]:
    """As `transaction`; what is executed travels with the next statement whose rows somebody asks for.

    So an error may show later than at its statement, and `rowcount` is not known: let Postgres return what is counted.
    """
    with _borrowed() as connection, explained(connection), connection.pipeline(), connection.transaction():
        yield connection


@contextmanager
def at_once() -> Iterator[Connection]:
    """A connection on which each statement is a transaction of its own, committed when it returns."""
    with _borrowed() as connection, explained(connection):
        connection.autocommit = True
        try:
            yield connection
        finally:
            if not connection.closed:
                connection.autocommit = False


@contextmanager
def reading() -> Iterator[Connection]:
    """A transaction in which Postgres itself refuses every change."""
    with transaction() as connection:
        connection.execute("SET TRANSACTION READ ONLY")
        yield connection


@contextmanager
def rehearsal() -> Iterator[Connection]:
    """A transaction that is always rolled back, and that sees nothing which others commit meanwhile."""
    with _borrowed() as connection, explained(connection), connection.transaction(force_rollback=True):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield connection


@contextmanager
def narrow() -> Iterator[None]:
    """
    Inside it everything uses a small pool of its own, and no statement may take longer than two seconds.

    For work that strangers ask for: however much they ask, the others keep their connections. A statement that was
    stopped raises DatabaseUnreachable.
    """
    before = _is_narrow.set(True)
    try:
        yield
    except (QueryCanceled, Crossed) as error:
        raise DatabaseUnreachable("Postgres is too busy to answer in time; try again in a moment") from error
    finally:
        _is_narrow.reset(before)


@contextmanager
def session() -> Iterator[Session]:
    """A SQLModel session over the same pool; commits at the end, rolls back on an exception."""
    import sqlalchemy
    from sqlmodel import Session

    pool()
    try:
        with Session(engine()) as opened, opened.begin():
            yield opened
    except sqlalchemy.exc.DBAPIError as error:
        if full := exhausted(error.orig):
            raise full from None
        if error.connection_invalidated or isinstance(error.orig, PoolTimeout) or is_away(error.orig):
            raise unreachable(error.orig) from error
        raise
    except PoolTimeout as error:
        raise _at_the_door(error) from error


@contextmanager
def listener() -> Iterator[Connection]:
    """A connection of its own, in autocommit, already listening on the channel `inkbell`."""
    connection = _connect(autocommit=True)
    with connection, explained(connection):
        connection.execute("LISTEN inkbell")
        yield connection


def now(connection: Connection) -> datetime:
    """Postgres' clock, not the transaction's start."""
    row = connection.execute("SELECT clock_timestamp() AS now").fetchone()
    assert row is not None
    moment: datetime = row["now"]
    return moment


def require_current_schema() -> None:
    """Raises SchemaBehind, which names the command to run, unless every migration is in; DatabaseUnfit for its user."""
    with transaction() as connection, rights_asked(connection):
        behind = schema.missing(connection)
    if behind:
        raise SchemaBehind(f"the database lacks {behind}; run `python -m engine migrate`")


def pool() -> ConnectionPool[Connection]:
    global _pool, _narrow_pool
    with _lock:
        if _is_narrow.get():
            if _narrow_pool is None:
                _narrow_pool = _open(NARROW_POOL_SIZE, IN_A_HURRY)
            return _narrow_pool
        if _pool is None:
            _pool = _open(POOL_SIZE, WHERE_WE_LOOK)
        return _pool


def _open(size: int, settings: LiteralString) -> ConnectionPool[Connection]:
    # Once by hand, so that a wrong address fails at once and with Postgres' own words.
    _connect(autocommit=True).close()
    return ConnectionPool(
        url(),
        kwargs={**address.options(url()), "row_factory": dict_row},
        configure=partial(_set, settings),
        min_size=0,
        max_size=size,
        timeout=address.CONNECT_SECONDS,
        reconnect_timeout=address.CONNECT_SECONDS,
        check=ConnectionPool.check_connection,
        reset=_as_dicts,
        close_returns=True,
        open=True,
        name="inkbell",
    )


def _set(settings: LiteralString, connection: Connection) -> None:
    connection.execute(settings)
    connection.commit()


def engine() -> sqlalchemy.Engine:
    global _engine
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    with _lock:
        if _engine is None:
            _engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=_as_tuples, poolclass=NullPool)
        return _engine


def _as_tuples() -> psycopg.Connection[Any]:
    connection: psycopg.Connection[Any] = pool().getconn()
    connection.row_factory = tuple_row  # SQLAlchemy reads rows by position
    return connection


def _as_dicts(connection: Connection) -> None:
    connection.row_factory = dict_row
    if connection.autocommit:
        connection.autocommit = False


@contextmanager
def _borrowed() -> Iterator[Connection]:
    keeper = kept.get()
    if keeper is not None and not keeper.in_use and not _is_narrow.get():
        connection = keeper.connection(_take)
        keeper.in_use = True
        try:
            yield connection
        finally:
            keeper.in_use = False
            keeper.used()
        return
    opened, connection = _take()
    try:
        yield connection
    finally:
        opened.putconn(connection)


def _take() -> Taken:
    opened = pool()
    try:
        return opened, opened.getconn()
    except PoolTimeout as error:
        raise _at_the_door(error) from error


def _at_the_door(error: PoolTimeout) -> DatabaseUnreachable:
    """Asked once by hand, for the pool only knows that no connection came in time; strangers' work asks no more."""
    if not _is_narrow.get():
        try:
            _connect(autocommit=True).close()
        except DatabaseUnreachable as told:
            return told
    return unreachable(error)


def _connect(*, autocommit: bool) -> Connection:
    target = url()
    try:
        options = address.options(target)
    except psycopg.ProgrammingError:
        # libpq quotes the whole string, and with it the password.
        raise BadSetting("DATABASE_URL is malformed; expected postgresql://user:password@host:5432/name") from None
    try:
        return psycopg.connect(target, autocommit=autocommit, row_factory=dict_row, **options)
    except psycopg.OperationalError as error:
        raise unreachable(error) from error
