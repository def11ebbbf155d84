"""The command line promises: it says what it did, and a mistake is one line with the next step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine import access, rule_switch
from engine.__main__ import main
from engine.catalog.rule import Rule
from engine.catalog.rules import RULES
from engine.catalog.variables import VARIABLES
from engine.errors import NotAllowed, NotConnected
from engine.store import database
from engine.store.database import Connection
from tests.in_process import Ended, call
from tests.shop import make_customer

ROOT = Path(__file__).parent.parent
NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/nothing"
TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "TWILIO_FROM": "+18455550100"}


def process(*arguments: str | Path, **environment: str) -> Ended:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-m", "engine", *map(str, arguments)],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def run(*arguments: str | Path, **environment: str) -> Ended:
    """The same without a process of its own, which takes a second to start."""
    with surrounded(environment):
        return call(main, *arguments)


@contextmanager
def surrounded(environment: dict[str, str]) -> Iterator[None]:
    """As a process of its own would be, which has no database open yet."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        if environment:
            database.close()
        yield
        if environment:
            database.close()


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    return text.rstrip("\n")


def setting(connection: Connection, key: str) -> dict[str, object]:
    row = connection.execute("SELECT * FROM rule_setting WHERE rule_key = %s", [key]).fetchone()
    assert row is not None
    return row


def audit(connection: Connection) -> list[tuple[object, ...]]:
    rows = connection.execute("SELECT actor, action, subject, before, after FROM audit_entry ORDER BY id")
    return [tuple(row.values()) for row in rows]


# The catalog


def test_the_catalog_needs_no_database_and_prints_nothing_else() -> None:
    listing = process("catalog", "--json", DATABASE_URL=NOWHERE, SMTP_URL="nonsense", INKBELL_DELIVERY="nonsense")

    catalog = json.loads(listing.stdout)
    assert (listing.returncode, listing.stderr) == (0, "")
    assert [rule["key"] for rule in catalog["rules"]] == [rule.key for rule in RULES]
    assert [variable["name"] for variable in catalog["variables"]] == [variable.name for variable in VARIABLES]


def test_the_catalog_says_of_each_rule_and_variable_what_other_programs_ask() -> None:
    catalog = json.loads(run("catalog", "--json").stdout)

    for rule in catalog["rules"]:
        assert rule.keys() == {
            "key", "title", "says", "event", "channel", "audience", "default", "needs", "variables"
        }  # fmt: skip
    for variable in catalog["variables"]:
        assert variable.keys() == {"name", "label", "meaning", "example", "rules"}


def test_the_catalog_starts_at_once_because_it_loads_neither_drivers_nor_providers() -> None:
    code = "import sys; from engine.__main__ import main; main(['catalog', '--json']); print(*sys.modules, sep='\\n')"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"psycopg", "sqlalchemy", "pydantic", "jinja2", "twilio", "stripe"} & set(loaded.stdout.splitlines())


def test_a_reader_who_stops_early_gets_no_traceback() -> None:
    piped = subprocess.run(
        f"{sys.executable} -m engine catalog --json | head -1", shell=True, cwd=ROOT, capture_output=True, text=True
    )

    assert (piped.stdout, piped.stderr) == ("{\n", "")


# Migrate


def test_migrate_leaves_a_usable_empty_shop_however_often_it_runs(empty_database_url: str) -> None:
    first, second = process("migrate"), run("migrate")
    listing = run("enable", "status_change_email")

    assert (first.returncode, second.returncode, listing.returncode) == (0, 0, 0)


@pytest.mark.parametrize("command", [["demo"], ["enable", "status_change_email"], ["export", "x"], ["import", "x"]])
def test_on_a_schema_that_is_behind_the_command_to_run_is_named(
    empty_database_url: str, command: list[str], tmp_path: Path
) -> None:
    refused = run(*[str(tmp_path) if word == "x" else word for word in command])

    assert refused.returncode == 1
    assert "`python -m engine migrate`" in one_line(refused.stderr)


@pytest.mark.parametrize(
    ("how", "command"), [(run, ["migrate"]), (run, ["demo"]), (process, ["disable", "order_received_email"])]
)
def test_a_database_that_does_not_answer_is_one_line_without_the_password(
    how: Callable[..., Ended], command: list[str]
) -> None:
    refused = how(*command, DATABASE_URL=NOWHERE)

    assert refused.returncode == 1
    assert "can't be reached" in one_line(refused.stderr)
    assert "secret" not in refused.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("INKBELL_DELIVERY", "lively"), ("DATABASE_URL", "postgresql://user:secret@[half/name")]
)
def test_a_malformed_setting_is_one_line_that_names_it_and_keeps_its_value(name: str, value: str) -> None:
    refused = run("demo", **({"DATABASE_URL": NOWHERE} | {name: value}))

    assert refused.returncode == 1
    assert name in one_line(refused.stderr)
    assert value not in refused.stderr


# The demo shop


def test_a_fault_of_our_own_is_one_line_with_its_place_and_quotes_no_row(connection: Connection) -> None:
    connection.execute("""
        CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'maya@example.com is in the row' USING ERRCODE = 'XX000'; END $$;
        CREATE TRIGGER breaks BEFORE UPDATE ON rule_setting FOR EACH ROW EXECUTE FUNCTION breaks()""")

    ended = run("disable", "order_received_email")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "InternalError_ XX000 at " in one_line(ended.stderr)
    assert "example.com" not in ended.stderr


def test_the_demo_says_that_nothing_waits_and_a_second_time_that_it_is_there(database_url: str) -> None:
    first, second = run("demo"), process("demo")

    assert (first.returncode, second.returncode) == (0, 0)
    assert "15 customers, 40 jobs" in first.stdout
    assert "grace_seconds is 0" in first.stdout
    assert second.stdout == "the demo shop is loaded already; nothing changed\n"


def test_the_demo_fills_only_an_empty_database_when_it_is_asked_to(connection: Connection) -> None:
    make_customer(connection)

    kept = run("demo", "--if-empty")
    refused = run("demo")

    assert (kept.returncode, kept.stderr) == (0, "")
    assert refused.returncode == 1
    assert "1 customer and 0 jobs" in one_line(refused.stderr)
    assert connection.execute("SELECT count(*) AS n FROM customer").fetchone() == {"n": 1}


# Switching rules


def test_a_rule_goes_on_from_now_and_the_ledger_says_who_did_it(connection: Connection) -> None:
    before = connection.execute("SELECT clock_timestamp() AS now").fetchone()

    turned = run("enable", "status_change_email")

    after = setting(connection, "status_change_email")
    assert turned.stdout == "rule 'status_change_email' is on\n"
    assert before is not None
    assert (after["enabled"], after["updated_by"]) == (True, "command line")
    assert after["enabled_at"] == after["updated_at"] > before["now"]
    assert audit(connection) == [
        ("command line", "rule.enabled", "rule:status_change_email", {"enabled": False}, {"enabled": True})
    ]


def test_a_rule_goes_off_and_a_second_time_changes_nothing(connection: Connection) -> None:
    first, second = run("disable", "order_received_email"), run("disable", "order_received_email")

    assert first.stdout == "rule 'order_received_email' is off\n"
    assert second.stdout == "rule 'order_received_email' is off already\n"
    assert setting(connection, "order_received_email")["enabled"] is False
    assert [entry[1] for entry in audit(connection)] == ["rule.disabled"]


def test_a_text_stays_off_until_twilio_is_connected(connection: Connection) -> None:
    refused = run("enable", "job_complete_sms")
    connected = run("enable", "job_complete_sms", **TWILIO)

    assert refused.returncode == 1
    assert one_line(refused.stderr) == (
        "rule 'job_complete_sms' needs Twilio; connect it on Settings → Connections, "
        "or set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM"
    )
    assert connected.stdout == "rule 'job_complete_sms' is on\n"


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.by == "sms"], ids=lambda rule: rule.key)
def test_no_text_can_be_enabled_without_twilio(connection: Connection, rule: Rule) -> None:
    with pytest.raises(NotConnected, match="Twilio"):
        rule_switch.enable(connection, rule.key, actor=access.LOCAL, now=database.now(connection))

    assert setting(connection, rule.key)["enabled"] is False


@pytest.mark.parametrize("role", ["sales", "production"])
def test_only_an_admin_switches_rules(connection: Connection, role: str) -> None:
    person = connection.execute(
        "INSERT INTO staff (name, email, role) VALUES ('A', 'a@example.com', %s) RETURNING id", [role]
    ).fetchone()
    assert person is not None

    with pytest.raises(NotAllowed):
        rule_switch.disable(connection, "order_received_email", actor=person["id"], now=database.now(connection))

    assert setting(connection, "order_received_email")["enabled"] is True


def test_the_payment_link_stays_off_until_stripe_is_connected(connection: Connection) -> None:
    refused = run("enable", "payment_link_email")

    assert refused.returncode == 1
    assert one_line(refused.stderr).startswith("rule 'payment_link_email' needs Stripe; connect it on Settings")
    assert setting(connection, "payment_link_email")["enabled"] is False


@pytest.mark.parametrize("command", ["enable", "disable"])
def test_a_misspelt_rule_is_answered_with_the_one_meant_even_without_a_database(command: str) -> None:
    refused = run(command, "job_complete_emial", DATABASE_URL=NOWHERE)

    assert refused.returncode == 2
    assert one_line(refused.stderr).startswith(
        "there is no rule 'job_complete_emial'; did you mean 'job_complete_email'"
    )


def test_a_key_like_no_rule_is_answered_with_where_they_are_listed() -> None:
    refused = run("enable", "🙃")

    assert refused.returncode == 2
    assert "`python -m engine catalog --json`" in one_line(refused.stderr)


# Wordings as files


def test_what_was_exported_comes_back_as_it_was_and_an_edit_as_one_new_version(
    connection: Connection, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "wordings"
    exported = run("export", folder)
    unchanged = run("import", folder)
    file = folder / "order_received_email.md"
    file.write_text(file.read_text(encoding="utf-8") + "\nSee you soon.\n", encoding="utf-8")

    edited = run("import", folder)

    assert (exported.returncode, unchanged.returncode, edited.returncode) == (0, 0, 0)
    assert {path.stem for path in folder.glob("*.md")} == {rule.key for rule in RULES}
    assert unchanged.stdout == "nothing differs; nothing changed\n"
    assert edited.stdout == "order_received_email: new version of the wording\n"


def test_a_wording_that_is_refused_is_named_with_its_place_and_nothing_is_imported(
    connection: Connection, tmp_path: Path
) -> None:
    run("export", tmp_path)
    broken, fine = tmp_path / "invoice_paid_email.md", tmp_path / "order_received_email.md"
    broken.write_text("Subject: Hello\n\nThanks for {{ amount_payed }}\n", encoding="utf-8")
    fine.write_text(fine.read_text(encoding="utf-8") + "\nSee you soon.\n", encoding="utf-8")

    refused = run("import", tmp_path)

    assert refused.returncode == 1
    assert f"{broken}:3:15: " in refused.stderr
    assert "Traceback" not in refused.stderr
    assert connection.execute("SELECT FROM wording_version").fetchall() == []


def test_nothing_in_files_from_elsewhere_commands_the_terminal(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "\x1b]0;owned\x07.md").write_text("Hello\n", encoding="utf-8")
    broken = "Subject: Hello\n\n{% \x1b[2J\x9b31m %}\n"
    (tmp_path / "invoice_paid_email.md").write_text(broken, encoding="utf-8")

    refused = run("import", tmp_path)

    assert "there is no rule" in refused.stderr
    assert "is not allowed" in refused.stderr
    assert [mark for mark in refused.stderr if not mark.isprintable() and mark != "\n"] == []


def test_a_folder_that_cannot_be_used_is_one_line(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    written, read = run("export", tmp_path / "file"), run("import", tmp_path / "nowhere")

    assert (written.returncode, read.returncode) == (1, 1)
    assert "name another folder" in one_line(written.stderr)
    assert "name the folder that `export` wrote" in one_line(read.stderr)


# Staff


def staff(connection: Connection) -> list[tuple[object, ...]]:
    rows = connection.execute("SELECT email, name, role, active FROM staff ORDER BY id")
    return [tuple(row.values()) for row in rows]


def test_the_first_admin_is_added_from_the_command_line(connection: Connection) -> None:
    added = run("staff", "add", "June@Example.com", "--name", "June Okafor", "--role", "admin")

    assert added.stdout == "June Okafor is on the staff now as admin\n"
    assert staff(connection) == [("june@example.com", "June Okafor", "admin", True)]
    assert [entry[1] for entry in audit(connection)] == ["staff.added"]


def test_adding_somebody_who_left_lets_them_in_again(connection: Connection) -> None:
    connection.execute("INSERT INTO staff (name, email, role, active) VALUES ('J', 'j@example.com', 'sales', false)")

    changed = run("staff", "add", "j@example.com", "--name", "June", "--role", "admin")
    again = run("staff", "add", "j@example.com", "--name", "June", "--role", "admin")

    assert (changed.stdout, again.stdout) == ("June is now admin\n", "June is on the staff already as admin\n")
    assert staff(connection) == [("j@example.com", "June", "admin", True)]
    assert len(audit(connection)) == 1


def test_the_last_admin_keeps_the_role(connection: Connection) -> None:
    run("staff", "add", "j@example.com", "--name", "June", "--role", "admin")

    refused = run("staff", "add", "j@example.com", "--name", "June", "--role", "sales")

    assert refused.returncode == 1
    assert one_line(refused.stderr) == "'j@example.com' is the only admin; add another admin first"
    assert staff(connection) == [("j@example.com", "June", "admin", True)]


@pytest.mark.parametrize(
    ("email", "name"),
    [("june", "June"), ("june@example.com", "  "), ("june@example.com", "\udcff")],
    ids=["no address", "a blank name", "an unreadable name"],
)
def test_nobody_without_an_address_or_a_name_is_added(connection: Connection, email: str, name: str) -> None:
    refused = run("staff", "add", email, "--name", name, "--role", "admin")

    assert refused.returncode == 1
    assert one_line(refused.stderr)
    assert staff(connection) == []


# Misuse


@pytest.mark.parametrize(
    "arguments",
    [[], ["frobnicate"], ["enable"], ["staff"], ["staff", "add", "a@example.com", "--name", "A", "--role", "boss"]],
    ids=" ".join,
)
def test_misuse_is_one_line_that_names_the_help(arguments: list[str]) -> None:
    refused = run(*arguments)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--help" in one_line(refused.stderr)
