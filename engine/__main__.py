"""The command line, `python -m engine …`; each command imports what it needs, so `catalog` starts at once."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from engine.errors import InkbellError, UnknownRule

if TYPE_CHECKING:
    from engine.store.database import Connection

FAILED, MISUSED, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except UnknownRule as error:
        print(error, file=sys.stderr)
        return MISUSED
    except InkbellError as error:
        print(error, file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # The reader has seen enough; without this Python complains again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def migrate(options: argparse.Namespace) -> None:
    from engine.store import migrate

    migrate.migrate()
    print("the database is at the present schema")


def demo(options: argparse.Namespace) -> None:
    from engine import access, demo
    from engine.store import database

    with _work() as connection:
        if options.if_empty and not demo.is_empty(connection):
            print("the database is not empty; the demo shop stays out")
            return
        print(demo.load(connection, actor=access.name(access.COMMAND_LINE), now=database.now(connection)))


def catalog(options: argparse.Namespace) -> None:
    from engine.catalog.listing import catalog
    from engine.catalog.rules import RULES

    if options.json:
        print(json.dumps(catalog(), ensure_ascii=False, indent=2))
        return
    for rule in RULES:
        print(f"{rule.key:<26} {rule.by:<7} {'on' if rule.default else 'OFF by default':<15} {rule.says}")


def enable(options: argparse.Namespace) -> None:
    _switch(options.key, on=True)


def disable(options: argparse.Namespace) -> None:
    _switch(options.key, on=False)


def _switch(key: str, *, on: bool) -> None:
    from engine import access, rule_switch
    from engine.store import database

    rule_switch.known(key)
    with _work() as connection:
        turn = rule_switch.enable if on else rule_switch.disable
        turned = turn(connection, key, actor=access.COMMAND_LINE, now=database.now(connection))
    print(f"rule {key!r} is {'on' if on else 'off'}{'' if turned else ' already'}")


def export(options: argparse.Namespace) -> None:
    _ready()
    from engine.compose import exchange

    with _files(options.folder):
        exchange.export(options.folder)
    print(f"exported the wordings and the toggles to {str(options.folder)!r}")


def import_(options: argparse.Namespace) -> None:
    from engine import access

    _ready()
    from engine.compose import exchange

    with _files(options.folder):
        done = exchange.import_(options.folder, access.COMMAND_LINE)
    for key in done.wordings:
        print(f"{key}: new version of the wording")
    for key in done.toggles:
        print(f"{key}: switched")
    if not done.wordings and not done.toggles:
        print("nothing differs; nothing changed")


def add_staff(options: argparse.Namespace) -> None:
    from engine import access, staff

    with _work() as connection:
        done = staff.add(connection, options.email, options.name, options.role, actor=access.COMMAND_LINE)
    says = {"added": "is on the staff now as", "changed": "is now", "unchanged": "is on the staff already as"}
    print(f"{options.name} {says[done]} {options.role}")


@contextmanager
def _work() -> Iterator[Connection]:
    from engine.store import database

    _ready()
    with database.transaction() as connection:
        yield connection


def _ready() -> None:
    from engine.store import database

    database.require_current_schema()


@contextmanager
def _files(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = str(error.filename or folder)
        raise InkbellError(f"{where!r} can't be used ({error.strerror or error}); name another folder") from error


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(MISUSED, f"{message}; see `{self.prog} --help`\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m engine", description="Inkbell, from the command line.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    command = commands.add_parser("migrate", help="bring the database to the present schema; safe to repeat")
    command.set_defaults(run=migrate)

    command = commands.add_parser("demo", help="load the demo shop into an empty database; safe to repeat")
    command.add_argument("--if-empty", action="store_true", help="do nothing when there is any customer or job")
    command.set_defaults(run=demo)

    command = commands.add_parser("catalog", help="list the rules; with --json the variables too. Needs no database")
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=catalog)

    command = commands.add_parser("export", help="write the wordings as <rule_key>.md, and the toggles, into a folder")
    command.add_argument("folder", metavar="DIR", type=Path)
    command.set_defaults(run=export)

    command = commands.add_parser("import", help="read such a folder, all or nothing")
    command.add_argument("folder", metavar="DIR", type=Path)
    command.set_defaults(run=import_)

    for name, run in (("enable", enable), ("disable", disable)):
        command = commands.add_parser(name, help=f"{name} a rule")
        command.add_argument("key", metavar="KEY")
        command.set_defaults(run=run)

    staff = commands.add_parser("staff", help="the people who may sign in").add_subparsers(
        metavar="ACTION", required=True
    )
    command = staff.add_parser("add", help="let somebody sign in; for somebody known, change name and role")
    command.add_argument("email", metavar="EMAIL")
    command.add_argument("--name", required=True)
    command.add_argument("--role", required=True, choices=("admin", "sales", "production"))
    command.set_defaults(run=add_staff)

    return parser


if __name__ == "__main__":
    sys.exit(main())
