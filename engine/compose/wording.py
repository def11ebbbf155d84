"""What a rule says: the shipped default, or the shop's own version of it, of which every one is kept."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from psycopg.types.json import Jsonb

from engine import access
from engine.catalog.rules import rule
from engine.compose.check import Problem, check
from engine.compose.layout import TEMPLATES
from engine.errors import Conflict, WordingRefused
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("wording")
_header = re.compile(r"(Subject|Preheader):[ \t]*")


@dataclass(frozen=True)
class Wording:
    """A text message has neither subject nor preheader; in the app the subject is the title."""

    subject: str
    preheader: str
    body: str

    @cached_property
    def hash(self) -> str:
        return hashlib.sha256(
            "\0".join((self.subject, self.preheader, self.body)).encode("utf-8", "replace")
        ).hexdigest()

    @property
    def as_text(self) -> str:
        """The file that `parse` reads back."""
        headers = [f"{name}: {value}\n" for name, value in self._headers if value]
        return "".join(headers) + ("\n" if headers or _header.match(self.body) else "") + self.body + "\n"

    @property
    def _headers(self) -> tuple[tuple[str, str], ...]:
        return (("Subject", self.subject), ("Preheader", self.preheader))


@dataclass(frozen=True, slots=True)
class Active:
    """`version_id` is None for the shipped default."""

    version_id: int | None
    wording: Wording


@dataclass(frozen=True, slots=True)
class Places:
    """Where each part begins in a file: line and column, from 1."""

    subject: tuple[int, int] = (1, 1)
    preheader: tuple[int, int] = (1, 1)
    body: tuple[int, int] = (1, 1)

    def of(self, problem: Problem) -> tuple[int, int]:
        line, column = getattr(self, problem.part)
        return line + problem.line - 1, problem.column + (column - 1 if problem.line == 1 else 0)


def parse(text: str) -> Wording:
    """Header lines, an empty line, the body; without a header line all of it is body."""
    return locate(text)[0]


def locate(text: str) -> tuple[Wording, Places]:
    lines = re.sub("\r\n?", "\n", text.removeprefix("\ufeff")).split("\n")
    headers: dict[str, str] = {}
    places: dict[str, tuple[int, int]] = {}
    at = 0
    while at < len(lines) and (found := _header.match(lines[at])):
        name = found.group(1).lower()
        headers.setdefault(name, lines[at][found.end() :].rstrip())
        places.setdefault(name, (at + 1, found.end() + 1))
        at += 1
    while at < len(lines) and not lines[at].strip():
        at += 1
    body = "\n".join(lines[at:]).rstrip()
    wording = Wording(headers.get("subject", ""), headers.get("preheader", ""), body)
    return wording, Places(**places, body=(at + 1, 1))


@lru_cache(maxsize=64)
def default(rule_key: str) -> Wording:
    """The wording that came with this version of Inkbell."""
    return parse((TEMPLATES / "messages" / f"{rule(rule_key).key}.md").read_text(encoding="utf-8"))


def active(connection: Connection, rule_key: str) -> Active:
    """What goes out now. It is checked when it is compiled, so a row changed by hand can't do more than be refused."""
    row = connection.execute(sql.active, {"rule_key": rule_key}).fetchone()
    if row is None:
        return Active(None, default(rule_key))
    return Active(row["id"], Wording(row["subject"] or "", row["preheader"] or "", row["body"]))


def of_version(connection: Connection, rule_key: str, version_id: int | None) -> Wording | None:
    """The text of a version by its id, None for one that this rule does not have; without an id the default."""
    if version_id is None:
        return default(rule_key)
    row = connection.execute(sql.by_id, {"rule_key": rule_key, "id": version_id}).fetchone()
    return None if row is None else Wording(row["subject"] or "", row["preheader"] or "", row["body"])


def save(
    connection: Connection,
    rule_key: str,
    wording: Wording,
    actor: access.Actor,
    note: str | None = None,
    based_on: int | str | None = "any",
    made_from: int | None = None,
) -> Active:
    """Makes a version and puts it in force; the same text again makes none.

    `based_on` is the id of the version that was being edited (None: the default), so that nobody overwrites what
    somebody else saved meanwhile; `made_from` the id of the one whose words these are, unless it is the one in force.
    Raises WordingRefused, Conflict, NotAllowed.
    """
    access.require(connection, actor, "admin")
    problems = check(rule(rule_key), wording)
    if any(problem.severity == "error" for problem in problems):
        raise WordingRefused(problems)
    before = _lock(connection, rule_key)
    _unchanged_since(rule_key, based_on, before)
    if wording == before.wording:
        return before
    return _add(connection, rule_key, wording, before, actor, note, "wording.saved", made_from or before.version_id)


def keep(connection: Connection, rule_key: str, actor: access.Actor) -> Active:
    """The shop's own text stays although the default is another one now: a version that began with today's default."""
    access.require(connection, actor, "admin")
    before = _lock(connection, rule_key)
    if before.version_id is None:
        return before
    note = "Kept as it was, although the default had changed"
    return _add(connection, rule_key, before.wording, before, actor, note, "wording.kept")


def restore(
    connection: Connection, rule_key: str, version: int, actor: access.Actor, based_on: int | str | None = "any"
) -> Active:
    """Makes a new version out of an old one's text; history only grows. `based_on` as in `save`."""
    access.require(connection, actor, "admin")
    row = connection.execute(sql.version, {"rule_key": rule_key, "version": version}).fetchone()
    if row is None:
        raise Conflict(f"{rule_key!r} has no version {version!r}; choose one that its history lists")
    wording = Wording(row["subject"] or "", row["preheader"] or "", row["body"])
    note = f"Restored from version {version}"
    return save(connection, rule_key, wording, actor, note=note, based_on=based_on, made_from=row["id"])


def revert(connection: Connection, rule_key: str, actor: access.Actor, based_on: int | str | None = "any") -> Active:
    """Back to the default, and along with what later versions of Inkbell make of it. `based_on` as in `save`."""
    access.require(connection, actor, "admin")
    before = _lock(connection, rule_key)
    _unchanged_since(rule_key, based_on, before)
    if before.version_id is not None:
        _put_in_force(connection, rule_key, before.version_id, None, actor, "wording.reverted")
    return Active(None, default(rule_key))


def _lock(connection: Connection, rule_key: str) -> Active:
    """Two people who save at once take turns, so version numbers have no gap and no double."""
    connection.execute(sql.lock, {"rule_key": rule_key})
    return active(connection, rule_key)


def _unchanged_since(rule_key: str, based_on: int | str | None, before: Active) -> None:
    if based_on not in ("any", before.version_id):
        raise Conflict(f"the wording of {rule_key!r} was changed meanwhile; open it again and repeat your change")


def _add(
    connection: Connection,
    rule_key: str,
    wording: Wording,
    before: Active,
    actor: access.Actor,
    note: str | None,
    action: str,
    made_from: int | None = None,
) -> Active:
    """`made_from` is the version whose words were gone on with, None for the default as it is now."""
    made = connection.execute(
        sql.add,
        {
            "rule_key": rule_key,
            "subject": wording.subject or None,
            "preheader": wording.preheader or None,
            "body": wording.body,
            "default_hash": default(rule_key).hash,
            "made_from": None if wording == default(rule_key) else made_from,
            "note": note,
            "actor": access.name(actor),
        },
    ).fetchone()
    assert made is not None
    _put_in_force(connection, rule_key, before.version_id, made["id"], actor, action)
    return Active(made["id"], wording)


def _put_in_force(
    connection: Connection,
    rule_key: str,
    before: int | None,
    after: int | None,
    actor: access.Actor,
    action: str,
) -> None:
    name = access.name(actor)
    connection.execute(sql.put_in_force, {"rule_key": rule_key, "version_id": after, "actor": name})
    connection.execute(
        sql.audit,
        {
            "actor": name,
            "action": action,
            "subject": f"rule:{rule_key}",
            "before": Jsonb({"wording_version_id": before}),
            "after": Jsonb({"wording_version_id": after}),
        },
    )
