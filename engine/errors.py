"""What can go wrong, named for what happened; every message says what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from traceback import extract_tb
from typing import Protocol


class InkbellError(Exception):
    """The base of all our errors; `str()` is one lower-case sentence fit for a terminal or a screen."""


class UnknownRule(InkbellError):
    def __init__(self, key: str, near: Iterable[str] = ()) -> None:
        self.key = key
        self.near = tuple(near)
        if self.near:
            advice = "did you mean " + " or ".join(repr(name) for name in self.near) + "?"
        else:
            advice = "`python -m engine catalog --json` lists them all"
        super().__init__(f"there is no rule {key!r}; {advice}")


class BadSetting(InkbellError):
    """A malformed value in the environment. The message names the variable and never repeats its value."""


class DatabaseUnreachable(InkbellError):
    """Postgres can't be reached, or went away in the middle; what was open is rolled back."""


class DatabaseExhausted(DatabaseUnreachable):
    """Postgres answers but has no room: its disk is full, or it takes no more connections."""


class DatabaseUnfit(InkbellError):
    """Postgres answers, and this database can't hold what Inkbell writes, or its user may not do what Inkbell does."""


class Unwritable(InkbellError):
    """A text with a character that no database column holds."""


class SchemaBehind(InkbellError):
    """The database lacks migrations that this code needs."""


class SchemaAhead(InkbellError):
    """The database has migrations that this code does not know."""


class NotAllowed(InkbellError):
    """The person who asks lacks the role."""


class NotConnected(InkbellError):
    """A provider is needed that nobody has connected."""


class ProviderUnavailable(InkbellError):
    """A provider can't be reached or is out of order; nothing was done, and later it may work."""


class NotPayable(InkbellError):
    """An invoice that takes no payment, or not this one."""


class Conflict(InkbellError):
    """Someone else changed the same thing first."""


class Crossed(Conflict):
    """Two waited for one another, and Postgres let the other one go first; what this one wrote is rolled back."""


class Problem(Protocol):
    @property
    def severity(self) -> str: ...
    @property
    def part(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def message(self) -> str: ...


class WordingRefused(InkbellError):
    """A wording that can't be saved or sent; `problems` has every one with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        places = "; ".join(f"{p.part} {p.line}:{p.column} {p.message}" for p in self.problems if p.severity == "error")
        super().__init__(f"the wording can't be used: {places}")


def named(error: BaseException) -> str:
    """What may be logged of an error: its class, and for a database error its SQLSTATE and constraint."""
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    return " ".join(filter(None, [type(error).__name__, getattr(error, "sqlstate", None), constraint]))


def places(error: BaseException, most: int = 6) -> list[str]:
    """Where it happened, the innermost last. The message and the values beside it hold what people wrote."""
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(error.__traceback__)[-most:]]
