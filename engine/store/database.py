"""The connection to Postgres: one pool per process, shared by plain SQL and SQLModel."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import DeadlockDetected, QueryCanceled, UntranslatableCharacter
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from engine import settings
from engine.errors import BadSetting, DatabaseExhausted, DatabaseUnreachable, SchemaBehind, Unwritable
from engine.store import embedded, schema

# Imported where they are used: most of the time and memory of a process that needs only plain SQL.
if TYPE_CHECKING:
    import sqlalchemy
    from sqlmodel import Session

Connection = psycopg.Connection[dict[str, Any]]

CONNECT_SECONDS = 5
POOL_SIZE = 40  # 32 senders, and the threads beside them; opened only as far as they are needed
NARROW_POOL_SIZE = 4
NARROW_SECONDS = 2
PLANNED_ONCE = """
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off
"""
"""By index and row by row, or a plan made while the shop was empty would read whole tables when it no longer is."""
CHECK_AFTER_SECONDS = 5.0
"""A kept connection that was idle for so long is asked whether it still lives."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html; a broken connection, a server that stops or starts
AWAY = ("08", "57P01", "57P02", "57P03")
# Class 53
EXHAUSTED = {
    "53000": "Postgres lacks a resource that it needs; its log names it. What waits goes on by itself afterwards",
    "53100": "the disk of Postgres is full; make room, and what waits goes on by itself",
    "53200": "Postgres is out of memory; give it more, and what waits goes on by itself",
    "53300": "Postgres takes no more connections; raise max_connections, and what waits goes on by itself",
    "53400": "a limit of Postgres is reached; its log names which one. What waits goes on by itself afterwards",
}
TOO_MANY = ("too many connections", "too many clients", "connection slots are reserved")
"""What Postgres says at the door, where libpq passes no SQLSTATE on."""

_lock = threading.RLock()
_chosen: str | None = None
_pool: ConnectionPool[Connection] | None = None
_narrow_pool: ConnectionPool[Connection] | None = None
_is_narrow: ContextVar[bool] = ContextVar("is_narrow", default=False)
_kept: ContextVar[Keeper | None] = ContextVar("kept", default=None)
_engine: sqlalchemy.Engine | None = None


def url() -> str:
    """libpq URL of the database in use: what `use()` chose, else DATABASE_URL, else the embedded server's."""
    if _chosen is not None:
        return _chosen
    given = settings.environment().database_url
    if given is None:
        return embedded.url()
    return "postgresql://" + given.removeprefix("postgres://") if given.startswith("postgres://") else given


def use(url: str) -> None:
    """Moves this process to another database."""
    global _chosen
    close()
    _chosen = url


def close() -> None:
    """Gives every connection back, and lets go of the embedded server; the next use opens again."""
    global _chosen, _pool, _narrow_pool, _engine
    with _lock:
        for opened in (_pool, _narrow_pool):
            if opened is not None:
                opened.close()
        _pool = _narrow_pool = _engine = _chosen = None
        embedded.release()


@contextmanager
def transaction() -> Iterator[Connection]:
    """Commits at the end, rolls back on an exception; raises DatabaseUnreachable when Postgres is away or full."""
    with _borrowed() as connection, _outages(connection), connection.transaction():
        yield connection


@contextmanager
def pipelined() -> Iterator[Connection]:
    """As `transaction`; what is executed travels with the next statement whose rows somebody asks for.

    So an error may show later than at its statement, and `rowcount` is not known: let Postgres return what is counted.
    """
    with _borrowed() as connection, _outages(connection), connection.pipeline(), connection.transaction():
        yield connection


@contextmanager
def at_once() -> Iterator[Connection]:
    """A connection on which each statement is a transaction of its own, committed when it returns."""
    with _borrowed() as connection, _outages(connection):
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
    with _borrowed() as connection, _outages(connection), connection.transaction(force_rollback=True):
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
    except (QueryCanceled, DeadlockDetected) as error:
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
        if exhausted := _exhausted(error.orig):
            raise exhausted from None
        if error.connection_invalidated or isinstance(error.orig, PoolTimeout) or _is_away(error.orig):
            raise _unreachable(error.orig) from error
        raise
    except PoolTimeout as error:
        raise _at_the_door(error) from error


@contextmanager
def listener() -> Iterator[Connection]:
    """A connection of its own, in autocommit, already listening on the channel `inkbell`."""
    connection = _connect(autocommit=True)
    with connection, _outages(connection):
        connection.execute("LISTEN inkbell")
        yield connection


def now(connection: Connection) -> datetime:
    """Postgres' clock, not the transaction's start."""
    row = connection.execute("SELECT clock_timestamp() AS now").fetchone()
    assert row is not None
    moment: datetime = row["now"]
    return moment


def require_current_schema() -> None:
    """Raises SchemaBehind, which names the command to run, unless every migration is in."""
    with transaction() as connection:
        behind = schema.missing(connection)
    if behind:
        raise SchemaBehind(f"the database lacks {behind}; run `python -m engine migrate`")


def pool() -> ConnectionPool[Connection]:
    global _pool, _narrow_pool
    with _lock:
        if _is_narrow.get():
            if _narrow_pool is None:
                _narrow_pool = _open(NARROW_POOL_SIZE, f"-c statement_timeout={NARROW_SECONDS}s")
            return _narrow_pool
        if _pool is None:
            _pool = _open(POOL_SIZE)
        return _pool


def _open(size: int, more: str = "") -> ConnectionPool[Connection]:
    # Once by hand, so that a wrong address fails at once and with Postgres' own words.
    _connect(autocommit=True).close()
    options = _options(url())
    return ConnectionPool(
        url(),
        kwargs={**options, "options": f"{options['options']} {more}".strip(), "row_factory": dict_row},
        min_size=0,
        max_size=size,
        timeout=CONNECT_SECONDS,
        reconnect_timeout=CONNECT_SECONDS,
        check=ConnectionPool.check_connection,
        reset=_as_dicts,
        close_returns=True,
        open=True,
        name="inkbell",
    )


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


class Keeper:
    """
    Inside `with keeper:` the thread's transactions share one connection, which stays the keeper's until it is closed.

    Each would otherwise take one from the pool, and ask it first whether it still lives. For work that repeats a few
    statements thousands of times, so each of them is planned once, whatever it is asked for.
    """

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._pool: ConnectionPool[Connection] | None = None
        self._used_at = 0.0
        self.in_use = False
        self.pid: int | None = None
        """Of the backend; None without a connection."""

    def __enter__(self) -> None:
        self._token = _kept.set(self)

    def __exit__(self, *_: object) -> None:
        _kept.reset(self._token)

    def connection(self) -> Connection:
        idle = time.monotonic() - self._used_at
        if self._connection is None or self._connection.closed or (idle > CHECK_AFTER_SECONDS and not self._lives()):
            self.close()
            opened = pool()
            self._connection, self._pool = _taken(opened), opened
            self._connection.prepare_threshold = 0
            self._connection.execute(PLANNED_ONCE, prepare=False)
            self._connection.commit()
            self.pid = self._connection.info.backend_pid
        return self._connection

    def used(self) -> None:
        self._used_at = time.monotonic()

    def close(self) -> None:
        if self._pool is not None and self._connection is not None:
            # Not for others, who may want plans of their own; close() would give it back to them.
            self._connection.pgconn.finish()
            self._pool.putconn(self._connection)
        self._connection = self._pool = self.pid = None

    def _lives(self) -> bool:
        assert self._connection is not None
        try:
            ConnectionPool.check_connection(self._connection)
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def _borrowed() -> Iterator[Connection]:
    kept = _kept.get()
    if kept is not None and not kept.in_use and not _is_narrow.get():
        connection = kept.connection()
        kept.in_use = True
        try:
            yield connection
        finally:
            kept.in_use = False
            kept.used()
        return
    opened = pool()
    connection = _taken(opened)
    try:
        yield connection
    finally:
        opened.putconn(connection)


def _taken(opened: ConnectionPool[Connection]) -> Connection:
    try:
        return opened.getconn()
    except PoolTimeout as error:
        raise _at_the_door(error) from error


@contextmanager
def _outages(connection: Connection) -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        if exhausted := _exhausted(error):
            raise exhausted from None
        if connection.closed or _is_away(error):
            raise _unreachable(error) from error
        raise
    except (psycopg.DataError, UnicodeEncodeError) as error:
        if _is_no_text(error):
            raise Unwritable("there is a character that can't be kept; type the text again") from None
        raise


def _is_away(error: BaseException | None) -> bool:
    return (getattr(error, "sqlstate", None) or "").startswith(AWAY)


def _exhausted(error: BaseException | None) -> DatabaseExhausted | None:
    """In our own words: Postgres' may quote the row that had no room, and with it an address."""
    code = getattr(error, "sqlstate", None) or ""
    return DatabaseExhausted(EXHAUSTED.get(code, EXHAUSTED["53000"])) if code.startswith("53") else None


def _at_the_door(error: PoolTimeout) -> DatabaseUnreachable:
    """Asked once by hand, for the pool only knows that no connection came in time; strangers' work asks no more."""
    if not _is_narrow.get():
        try:
            _connect(autocommit=True).close()
        except DatabaseUnreachable as told:
            return told
    return _unreachable(error)


def _is_no_text(error: Exception) -> bool:
    """A null character or half of a surrogate pair: no column holds it, whichever of psycopg and Postgres says so."""
    if isinstance(error, psycopg.DataError):
        return isinstance(error, UntranslatableCharacter) or (error.sqlstate is None and "NUL" in str(error))
    return True


def _connect(*, autocommit: bool) -> Connection:
    target = url()
    try:
        options = _options(target)
    except psycopg.ProgrammingError:
        # libpq quotes the whole string, and with it the password.
        raise BadSetting("DATABASE_URL is malformed; expected postgresql://user:password@host:5432/name") from None
    try:
        return psycopg.connect(target, autocommit=autocommit, row_factory=dict_row, **options)
    except psycopg.OperationalError as error:
        raise _unreachable(error) from error


def _options(target: str) -> dict[str, Any]:
    own = conninfo_to_dict(target).get("options") or ""
    return {
        "connect_timeout": CONNECT_SECONDS,
        "options": f"{own} -c timezone=UTC".strip(),
        "application_name": "inkbell",
    }


def _unreachable(error: BaseException | None) -> DatabaseUnreachable:
    words = (str(error).splitlines() or ["no answer"])[0].strip().rstrip(".")
    if any(said in words for said in TOO_MANY):
        return DatabaseExhausted(f"{EXHAUSTED['53300']} ({words})")
    where = "DATABASE_URL" if _chosen is None and settings.environment().database_url else "the server"
    return DatabaseUnreachable(f"Postgres can't be reached ({words}); check that it runs and {where} is right")
