"""The command line, `python -m engine …`; each command imports what it needs, so `catalog` starts at once."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from engine.errors import InkbellError, UnknownRule, named, places

if TYPE_CHECKING:
    from engine.store.database import Connection

    Commands = argparse._SubParsersAction["_Parser"]

FAILED, MISUSED, INTERRUPTED = 1, 2, 130

_COMMANDING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except UnknownRule as error:
        _say(error, sys.stderr)
        return MISUSED
    except InkbellError as error:
        _say(error, sys.stderr)
        return FAILED
    except BrokenPipeError:
        # The reader has seen enough; without this Python complains again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        # A traceback would quote what Postgres says of a row, and with it an address.
        _say(f"this is a fault of Inkbell: {named(error)} at {', '.join(places(error))}", sys.stderr)
        return FAILED
    return 0


def _say(words: object, to: TextIO | None = None) -> None:
    """File names, wordings and rows are other people's; nothing in them shall command the terminal."""
    print(_COMMANDING.sub("\N{REPLACEMENT CHARACTER}", str(words)), file=to or sys.stdout)


def migrate(options: argparse.Namespace) -> None:
    from engine.store import migrate

    migrate.migrate()
    _say("the database is at the present schema")


def demo(options: argparse.Namespace) -> None:
    from engine import access, demo
    from engine.store import database

    with _work() as connection:
        if options.if_empty and not demo.is_empty(connection):
            _say("the database is not empty; the demo shop stays out")
            return
        _say(demo.load(connection, actor=access.name(access.COMMAND_LINE), now=database.now(connection)))


def catalog(options: argparse.Namespace) -> None:
    from engine.catalog.listing import catalog
    from engine.catalog.rules import RULES

    if options.json:
        _say(json.dumps(catalog(), ensure_ascii=False, indent=2))
        return
    for rule in RULES:
        _say(f"{rule.key:<26} {rule.by:<7} {'on' if rule.default else 'OFF by default':<15} {rule.says}")


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
    _say(f"rule {key!r} is {'on' if on else 'off'}{'' if turned else ' already'}")


def export(options: argparse.Namespace) -> None:
    _ready()
    from engine.compose import exchange

    with _files(options.folder):
        exchange.export(options.folder)
    _say(f"exported the wordings and the toggles to {str(options.folder)!r}")


def import_(options: argparse.Namespace) -> None:
    from engine import access

    _ready()
    from engine.compose import exchange

    with _files(options.folder):
        done = exchange.import_(options.folder, access.COMMAND_LINE)
    for key in done.wordings:
        _say(f"{key}: new version of the wording")
    for key in done.toggles:
        _say(f"{key}: switched")
    if not done.wordings and not done.toggles:
        _say("nothing differs; nothing changed")


def add_staff(options: argparse.Namespace) -> None:
    from engine import access, staff

    with _work() as connection:
        done = staff.add(connection, options.email, options.name, options.role, actor=access.COMMAND_LINE)
    says = {"added": "is on the staff now as", "changed": "is now", "unchanged": "is on the staff already as"}
    _say(f"{options.name} {says[done]} {options.role}")


def export_customer(options: argparse.Namespace) -> None:
    from engine import access, people
    from engine.store import database

    with _files(options.file, "file"), _work() as connection:
        people.export(connection, options.id, options.file, actor=access.COMMAND_LINE, now=database.now(connection))
    _say(f"wrote what is known of customer {options.id} to {str(options.file)!r}")


def forget_customer(options: argparse.Namespace) -> None:
    from engine import access, people

    _ready()
    done = people.forget_when_free(options.id, actor=access.COMMAND_LINE, force=options.force)
    _say(f"forgot customer {options.id}: {done.messages} messages emptied, {done.suppressions} suppressions kept")


def backup(options: argparse.Namespace) -> None:
    from engine.store import backup, database

    _ready()
    with database.transaction() as connection:
        now = database.now(connection)
    with _files(backup.folder()):
        _say(f"wrote {str(backup.make(now))!r}; the key is not in it, keep a copy of that elsewhere")


def restore(options: argparse.Namespace) -> None:
    from engine import access, restoring

    with _files(options.file, "file"):
        done = restoring.restore(options.file, actor=access.COMMAND_LINE)
    _say(f"restored {str(options.file)!r}; all sending is paused")
    if done.before:
        _say(f"what was there before is in {str(done.before)!r}")
    _say(f"{done.held} messages are held as restored; look at them on the Messages page, then switch sending on")
    for event in done.events:
        _say(f"older event: {event}")
    if done.is_copy:
        _say("this is a copy of another database and stays in the sandbox until `python -m engine adopt`")


def adopt(options: argparse.Namespace) -> None:
    from engine import access, copies
    from engine.store import database

    with _work() as connection:
        adopted = copies.adopt(connection, actor=access.COMMAND_LINE, now=database.now(connection))
    _say("this database is a shop of its own now" if adopted else "this is no copy; nothing changed")


def prune(options: argparse.Namespace) -> None:
    from engine import access, prune

    _ready()
    done = prune.prune(options.older_than, actor=access.COMMAND_LINE)
    emptied = ", ".join(f"{done[name]} {name}" for name in ("messages", "attempts", "events", "texts"))
    _say(f"emptied {emptied}" if done else "nothing is that old; nothing changed")


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
def _files(path: Path, kind: str = "folder") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = str(error.filename or path)
        raise InkbellError(f"{where!r} can't be used ({error.strerror or error}); name another {kind}") from error


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(MISUSED, f"{message}; see `{self.prog} --help`\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m engine", description="Inkbell, from the command line.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_setting_up(commands)
    _add_rules(commands)
    _add_people(commands)
    _add_upkeep(commands)
    return parser


def _add(commands: Commands, name: str, run: Callable[[argparse.Namespace], None], says: str) -> _Parser:
    command = commands.add_parser(name, help=says)
    command.set_defaults(run=run)
    return command


def _add_setting_up(commands: Commands) -> None:
    _add(commands, "migrate", migrate, "bring the database to the present schema; safe to repeat")
    command = _add(commands, "demo", demo, "load the demo shop into an empty database; safe to repeat")
    command.add_argument("--if-empty", action="store_true", help="do nothing when there is any customer or job")


def _add_rules(commands: Commands) -> None:
    command = _add(commands, "catalog", catalog, "list the rules; with --json the variables too. Needs no database")
    command.add_argument("--json", action="store_true", help="for programs")
    command = _add(commands, "export", export, "write the wordings as <rule_key>.md, and the toggles, into a folder")
    command.add_argument("folder", metavar="DIR", type=Path)
    command = _add(commands, "import", import_, "read such a folder, all or nothing")
    command.add_argument("folder", metavar="DIR", type=Path)
    for name, run in (("enable", enable), ("disable", disable)):
        _add(commands, name, run, f"{name} a rule").add_argument("key", metavar="KEY")


def _add_people(commands: Commands) -> None:
    staff = commands.add_parser("staff", help="the people who may sign in").add_subparsers(
        metavar="ACTION", required=True
    )
    command = _add(staff, "add", add_staff, "let somebody sign in; for somebody known, change name and role")
    command.add_argument("email", metavar="EMAIL")
    command.add_argument("--name", required=True)
    command.add_argument("--role", required=True, choices=("admin", "sales", "production"))

    customer = commands.add_parser("customer", help="what is known of one customer").add_subparsers(
        metavar="ACTION", required=True
    )
    command = _add(customer, "export", export_customer, "write all that is known of a customer as JSON")
    command.add_argument("id", metavar="ID", type=int)
    command.add_argument("file", metavar="FILE", type=Path)
    command = _add(customer, "forget", forget_customer, "blank contacts, words and notes, and end every link; for good")
    command.add_argument("id", metavar="ID", type=int)
    command.add_argument("--force", action="store_true", help="although there is an open balance")


def _add_upkeep(commands: Commands) -> None:
    _add(commands, "backup", backup, "write a dump into the data directory and keep the newest fourteen")
    command = _add(commands, "restore", restore, "put a dump in the place of the database; sending stays paused")
    command.add_argument("file", metavar="FILE", type=Path)
    _add(commands, "adopt", adopt, "make a copied database a shop of its own, which may send")
    command = _add(commands, "prune", prune, "empty what is long over; rows and their keys stay")
    command.add_argument("--older-than", metavar="DAYS", type=_days, required=True, help="such as 400d")


def _days(text: str) -> timedelta:
    number = text.removesuffix("d")
    if not number.isascii() or not number.isdigit() or len(number) > 5:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days; write it like 400d")
    return timedelta(days=int(number))


if __name__ == "__main__":
    sys.exit(main())
