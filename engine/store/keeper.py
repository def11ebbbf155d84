"""One connection kept for one thread, on which each statement is planned once."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

Connection = psycopg.Connection[dict[str, Any]]
Taken = tuple[ConnectionPool[Connection], Connection]
"""A connection, and the pool that it has to go back to."""

PLANNED_ONCE = """
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off
"""
"""By index and row by row, or a plan made while the shop was empty would read whole tables when it no longer is."""
CHECK_AFTER_SECONDS = 5.0
"""A kept connection that was idle for so long is asked whether it still lives."""


class Keeper:
    """
    Inside `with keeper:` the thread's transactions share one connection, which stays the keeper's until it is closed.

    Each would otherwise take one from the pool, and ask it first whether it still lives. For work that repeats a few
    statements thousands of times, so each of them is planned once, whatever it is asked for.
    """

    def __init__(self) -> None:
        self._taken: Taken | None = None
        self._used_at = 0.0
        self.in_use = False
        self.pid: int | None = None
        """Of the backend; None without a connection."""

    def __enter__(self) -> None:
        self._token = kept.set(self)

    def __exit__(self, *_: object) -> None:
        kept.reset(self._token)

    def connection(self, take: Callable[[], Taken]) -> Connection:
        """The kept one; `take` gives another when there is none, or the server has closed it."""
        if self._taken is None or not self._lives(self._taken[1]):
            self.close()
            self._taken = take()
            connection = self._taken[1]
            connection.prepare_threshold = 0
            connection.execute(PLANNED_ONCE, prepare=False)
            connection.commit()
            self.pid = connection.info.backend_pid
        return self._taken[1]

    def used(self) -> None:
        self._used_at = time.monotonic()

    def close(self) -> None:
        if self._taken is not None:
            pool, connection = self._taken
            # Not for others, who may want plans of their own; close() would give it back to them.
            connection.pgconn.finish()
            pool.putconn(connection)
        self._taken = self.pid = None

    def _lives(self, connection: Connection) -> bool:
        if connection.closed:
            return False
        if time.monotonic() - self._used_at <= CHECK_AFTER_SECONDS:
            return True
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.OperationalError:
            return False
        return True


kept: ContextVar[Keeper | None] = ContextVar("kept", default=None)
"""Of this thread, inside `with keeper:`."""
