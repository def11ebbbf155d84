"""Reads rows that Postgres wrote as JSON into frozen records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from functools import cache, partial
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from engine.store.calendar import EDGES, clock, day, moment

T = TypeVar("T")
Row = Mapping[str, Any]


def read(kind: type[T], document: str) -> T:
    """From a JSON object without nulls; what it lacks takes its default, what the record does not name is left out."""
    # At the edges of the calendar, and beyond them where Postgres goes on, the quick way stumbles.
    if not any(f'"{edge}' in document for edge in EDGES):
        with suppress(ValidationError):
            found: T = _adapter(kind).validate_json(document)  # type: ignore[arg-type]
            return found
    row: Row = json.loads(document)
    return record(kind, row)


def record(kind: type[T], row: Row) -> T:
    """As `read`, of a row that is parsed already: slower, and lenient with dates and words; nulls take the default."""
    readers = _readers(kind)  # type: ignore[arg-type]
    return kind(**{name: readers[name](value) for name, value in row.items() if name in readers and value is not None})


@cache
def _adapter(kind: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(kind)


@cache
def _readers(kind: type) -> Mapping[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    kinds = {hint, *get_args(hint)}
    if datetime in kinds:
        return moment
    if date in kinds:
        return day
    if time in kinds:
        return clock
    if inner := next((kind for kind in kinds if isinstance(kind, type) and is_dataclass(kind)), None):
        one = partial(record, inner)
        return (lambda rows: tuple(map(one, rows))) if get_origin(hint) is tuple else one
    if get_origin(hint) is tuple:
        return tuple
    if get_origin(hint) is frozenset:
        return lambda pairs: frozenset(map(tuple, pairs))
    return lambda value: value
