"""Dates that Postgres knows and Python does not: `infinity`, a year with a digit too many, years before the first.

The shop's own system may write them, and one must not take a list, a page or a batch with it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.pq import Format


def moment(text: str) -> datetime:
    """The last moment we know stands for every later one, the first for every earlier."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.combine(day(text), time(), UTC)


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        # A day off both ends, so that no time zone leads over them.
        return date(1, 1, 2) if text.startswith("-") or text.endswith("BC") else date(9999, 12, 30)


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

    def _beyond(self, text: str) -> date:
        return day(text)


class _Moments(_Dates):
    def _beyond(self, text: str) -> date:
        return moment(text)


READERS = AdaptersMap(psycopg.adapters)
"""For every connection of ours."""
READERS.register_loader("date", _Dates)
READERS.register_loader("timestamptz", _Moments)
