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

_PLACE = re.compile(r"\{\{ (?P<part>\w+) \}\}")


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
    """Reads `sql/<noun>.sql`: each statement under a `-- name:` line, parameters written `:name`.

    What several statements say stands once above them, under a `-- part:` line, and in them as `{{ its_name }}`.
    """
    text = (FOLDER / f"{noun}.sql").read_text()
    sections = re.split(r"^-- (name|part): *(\w+) *$", text, flags=re.MULTILINE)[1:]
    parts: dict[str, str] = {}
    statements: dict[str, str] = {}
    for kind, name, body in zip(sections[::3], sections[1::3], sections[2::3], strict=True):
        whole = _PLACE.sub(lambda place: parts[place["part"]], body)
        if kind == "part":
            parts[name] = whole.strip()
        else:
            statements[name] = _placeholders(whole)
    return Queries(noun, statements)


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
