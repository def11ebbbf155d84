"""Dates that Postgres knows and Python does not: `infinity`, a year with a digit too many or before the first, 24:00.

The shop's own system may write them, or the first day of all where nobody entered any, which is another year's in most
time zones. One must not take a list, a page or a batch with it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.pq import Format

# A day off both ends, so that no time zone leads over them.
FIRST, LAST = date(1, 1, 2), date(9999, 12, 30)
EDGES = ("0001-01-01", "9999-12-31")


def moment(text: str) -> datetime:
    """The last moment we know stands for every later one, the first for every earlier."""
    with suppress(ValueError):
        if not text.startswith(EDGES):
            return datetime.fromisoformat(text)
    return datetime.combine(_end(text), time(), UTC)


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return _end(text)


def clock(text: str) -> time:
    """The end of a day is the beginning of the next: a window until 24:00 is one until 0:00."""
    return time() if text.startswith("24:") else time.fromisoformat(text)


def _end(text: str) -> date:
    return FIRST if text.startswith(("-", "0001-")) or text.endswith("BC") else LAST


class _Dates(Loader):
    """psycopg's own reader, and ours for what that refuses."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        usual = psycopg.adapters.get_loader(oid, Format.TEXT)
        assert usual is not None
        self._usual = usual(oid, context).load

    def load(self, data: Buffer) -> Any:
        try:
            return self._usual(data)
        except psycopg.DataError:
            return self._beyond(bytes(data).decode())

    def _beyond(self, text: str) -> Any:
        return day(text)


class _Moments(_Dates):
    def load(self, data: Buffer) -> Any:
        found = super().load(data)
        return found if 1 < found.year < 9999 else moment(found.isoformat())

    def _beyond(self, text: str) -> Any:
        return moment(text)


class _Clocks(_Dates):
    def _beyond(self, text: str) -> Any:
        return clock(text)


READERS = AdaptersMap(psycopg.adapters)
"""For every connection of ours."""
READERS.register_loader("date", _Dates)
READERS.register_loader("timestamptz", _Moments)
READERS.register_loader("time", _Clocks)
