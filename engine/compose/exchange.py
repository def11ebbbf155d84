"""The shop's wordings and switches as files: taken out, edited, read back as one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import access
from engine.catalog.rules import RULES, find
from engine.compose import wording
from engine.compose.check import check
from engine.compose.wording import Wording
from engine.errors import InkbellError
from engine.store import connections, database, queries
from engine.store.database import Connection

TOGGLES = "rules.json"
sql = queries.load("exchange")


class ImportRefused(InkbellError):
    """Nothing was imported; `places` has one line per mistake, as `file:line:column: message`."""

    def __init__(self, places: list[str]) -> None:
        self.places = places
        super().__init__("\n".join(places))


@dataclass(frozen=True, slots=True)
class Imported:
    """Rule keys: whose wording got a new version, and whose switch was moved."""

    wordings: tuple[str, ...]
    toggles: tuple[str, ...]


def export(folder: Path) -> None:
    """Writes each rule's wording in force, and all switches."""
    with database.transaction() as connection:
        _write(connection, folder)


def import_(folder: Path, actor: access.Actor) -> Imported:
    """All or nothing; a file that is not there leaves its rule as it is. Raises ImportRefused."""
    with database.transaction() as connection:
        access.require(connection, actor, "admin")
        return _read(connection, folder, actor)


def _write(connection: Connection, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for rule in RULES:
        text = wording.active(connection, rule.key).wording.as_text
        (folder / f"{rule.key}.md").write_text(text, encoding="utf-8", newline="\n")
    toggles = {row["rule_key"]: row["enabled"] for row in connection.execute(sql.toggles)}
    shown = {rule.key: toggles.get(rule.key, rule.default) for rule in RULES}
    (folder / TOGGLES).write_text(json.dumps(shown, indent=2) + "\n", encoding="utf-8")


def _read(connection: Connection, folder: Path, actor: access.Actor) -> Imported:
    mistakes: list[str] = []
    wordings = _wordings(folder, mistakes)
    toggles = _toggles(connection, folder, mistakes)
    if not wordings and not toggles and not mistakes:
        mistakes.append(f"{folder}: no wording and no {TOGGLES} here; name the folder that `export` wrote")
    if mistakes:
        raise ImportRefused(mistakes)
    changed = []
    for key, new in wordings.items():
        before = wording.active(connection, key)
        if new != wording.parse(before.wording.as_text):  # a file keeps no blanks at the ends
            wording.save(connection, key, new, actor, note="Imported")
            changed.append(key)
    turned = [key for key, enabled in toggles.items() if _turn(connection, key, enabled, actor)]
    return Imported(tuple(changed), tuple(turned))


def _wordings(folder: Path, mistakes: list[str]) -> dict[str, Wording]:
    found: dict[str, Wording] = {}
    for path in sorted(folder.glob("*.md")):
        rule = find(path.stem)
        if rule is None:
            mistakes.append(f"{path}:1:1: there is no rule {path.stem!r}")
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            mistakes.append(f"{path}:1:1: not UTF-8; save the file in that encoding")
            continue
        found[rule.key], places = wording.locate(text)
        for problem in check(rule, found[rule.key]):
            if problem.severity == "error":
                line, column = places.of(problem)
                mistakes.append(f"{path}:{line}:{column}: {problem.message}")
    return found


def _toggles(connection: Connection, folder: Path, mistakes: list[str]) -> dict[str, bool]:
    path = folder / TOGGLES
    if not path.is_file():
        return {}
    try:
        read: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        mistakes.append(f"{path}:1:1: not UTF-8; save the file in that encoding")
        return {}
    except (json.JSONDecodeError, RecursionError) as error:
        line, column, words = getattr(error, "lineno", 1), getattr(error, "colno", 1), getattr(error, "msg", "too deep")
        mistakes.append(f"{path}:{line}:{column}: {words}")
        return {}
    if not isinstance(read, dict):
        mistakes.append(f"{path}:1:1: expected an object of rule keys with true or false")
        return {}
    on = {row["rule_key"]: row["enabled"] for row in connection.execute(sql.toggles)}
    for key, enabled in read.items():
        rule = find(key)
        if rule is None:
            mistakes.append(f"{path}:1:1: there is no rule {key!r}")
        elif not isinstance(enabled, bool):
            mistakes.append(f"{path}:1:1: {key!r} must be true or false, not {enabled!r}")
        elif enabled and not on.get(key) and rule.needs and not connections.is_connected(connection, rule.needs):
            mistakes.append(f"{path}:1:1: {key!r} needs {rule.needs.title()}; connect it on Settings → Connections")
    return read


def _turn(connection: Connection, key: str, enabled: bool, actor: access.Actor) -> bool:
    values = {"key": key, "enabled": enabled, "actor": access.name(actor), "now": database.now(connection)}
    return connection.execute(queries.load("rule_switch").turn, values).fetchone() is not None
