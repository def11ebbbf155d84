"""The customers that are there, found as a file names them."""

from __future__ import annotations

from typing import Any

from engine.errors import InkbellError
from engine.imports.cells import letters
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("imports")

Row = dict[str, Any]


class Book:
    """The customers that are there, found as a file names them: by address, or by a name that only one has."""

    def __init__(self, connection: Connection) -> None:
        self.rows = connection.execute(sql.customers).fetchall()
        self.by_email: dict[str, list[Row]] = {}
        self.by_name: dict[str, list[Row]] = {}
        for row in self.rows:
            for email in {(row["email"] or "").strip().lower(), (row["billing_email"] or "").strip().lower()} - {""}:
                self.by_email.setdefault(email, []).append(row)
            for name in {letters(row["name"]), letters(row["company"] or "")} - {""}:
                self.by_name.setdefault(name, []).append(row)

    def called(self, words: str) -> int:
        if not words:
            raise InkbellError("no customer is named; enter one")
        found = self.by_email.get(words.lower()) or self.by_name.get(letters(words)) or []
        if not found:
            raise InkbellError(f"there is no customer {words!r}; import the customers first")
        if len(found) > 1:
            raise InkbellError(f"{len(found)} customers are called {words!r}; name this one by the email address")
        return int(found[0]["id"])

    def same(self, values: Row) -> Row | None:
        """By address where both have one, else by name and company."""
        email = (values.get("email") or "").lower()
        by_address = [row for row in self.by_email.get(email, []) if email and (row["email"] or "").lower() == email]
        if len(by_address) == 1:
            return by_address[0]
        mine = (letters(values["name"]), letters(values.get("company") or ""))
        alike = [
            row
            for row in by_address or self.by_name.get(mine[0], [])
            if (letters(row["name"]), letters(row["company"] or "")) == mine
            and (not email or not row["email"] or by_address)
        ]
        return alike[0] if len(alike) == 1 else None
