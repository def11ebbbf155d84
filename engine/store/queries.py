"""Named SQL statements, read from `engine/store/sql/`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from psycopg import sql

FOLDER = Path(__file__).parent / "sql"

# Strings, quoted names, comments, dollar quotes and casts are skipped; what is left of `:name` is a parameter,
# and what is left of white space is only for the eye.
_TOKEN = re.compile(
    r"""
    '(?:[^']|'')*' | "[^"]*" | --[^\n]* | /\*.*?\*/ | (?P<tag>\$\w*\$).*?(?P=tag) | :: | :(?P<name>[a-z_]\w*) | % | \s+
    """,
    re.VERBOSE | re.DOTALL,
)


class Queries:
    """The statements of one file as attributes, ready for `connection.execute(q.claim, {...})`."""

    def __init__(self, noun: str, statements: dict[str, str]) -> None:
        self._noun = noun
        self.statements = statements

    def __getattr__(self, name: str) -> sql.SQL:
        try:
            statement = sql.SQL(_compact(self.statements[name]))
        except KeyError:
            raise AttributeError(f"sql/{self._noun}.sql has no statement named {name!r}") from None
        # The next time it is found without this detour.
        setattr(self, name, statement)
        return statement


@cache
def load(noun: str) -> Queries:
    """Reads `sql/<noun>.sql`: each statement under a `-- name:` line, parameters written `:name`."""
    parts = re.split(r"^-- name: *(\w+) *$", (FOLDER / f"{noun}.sql").read_text(), flags=re.MULTILINE)
    return Queries(noun, {name: _placeholders(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)})


def _compact(statement: str) -> str:
    """Without comments and indentation: psycopg reads a statement of more than 4,096 characters anew each time."""
    return _TOKEN.sub(lambda found: " " if found[0].isspace() or found[0][:2] in ("--", "/*") else found[0], statement)


def _placeholders(statement: str) -> str:
    """psycopg's spelling; a literal `%` is doubled only where there are parameters, as psycopg then expects."""
    has_parameters = any(match["name"] for match in _TOKEN.finditer(statement))

    def spell(match: re.Match[str]) -> str:
        if match["name"]:
            return f"%({match['name']})s"
        return match[0].replace("%", "%%") if has_parameters else match[0]

    return _TOKEN.sub(spell, statement).strip().removesuffix(";")
