"""Files promise: what was exported imports again, and a folder with one mistake changes nothing."""

import json

import pytest

from engine import access
from engine.catalog.rules import RULES
from engine.compose import exchange, wording
from engine.compose.wording import Wording
from engine.errors import NotAllowed
from tests import shop

KEY = "production_started_email"


@pytest.fixture
def folder(connection, tmp_path):
    exchange.export(tmp_path)
    return tmp_path


def versions(connection) -> int:
    return connection.execute("SELECT count(*) AS n FROM wording_version").fetchone()["n"]


def edit(folder, key, old, new):
    path = folder / f"{key}.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_wording_and_every_switch_is_exported(folder):
    assert {path.stem for path in folder.glob("*.md")} == {rule.key for rule in RULES}
    assert json.loads((folder / "rules.json").read_text()) == {rule.key: rule.default for rule in RULES}


def test_importing_what_was_exported_changes_nothing(connection, folder):
    assert exchange.import_(folder, access.COMMAND_LINE) == exchange.Imported((), ())
    assert versions(connection) == 0


@pytest.mark.parametrize(
    ("key", "mine"),
    [
        (KEY, Wording(" Ready ", "  Soon", "\n\nIt is ready.\n\n")),
        (KEY, Wording("Ready", "", "It is\rready.")),
        ("status_update_sms", Wording("", "", "Subject: to change\n")),
        ("status_update_sms", Wording("", "", "\nPreheader: x")),
    ],
)
def test_blanks_that_a_file_does_not_keep_make_no_version(connection, tmp_path, key, mine):
    wording.save(connection, key, mine, access.COMMAND_LINE)
    exchange.export(tmp_path)

    assert exchange.import_(tmp_path, access.COMMAND_LINE) == exchange.Imported((), ())
    assert wording.active(connection, key).wording == mine


def test_files_that_a_windows_editor_saved_read_the_same(connection, folder):
    for path in folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert exchange.import_(folder, access.COMMAND_LINE) == exchange.Imported((), ())


def test_only_a_wording_that_differs_gets_a_version(connection, folder):
    edit(folder, KEY, "in production", "on the press")

    assert exchange.import_(folder, access.COMMAND_LINE).wordings == (KEY,)
    assert versions(connection) == 1
    assert "on the press" in wording.active(connection, KEY).wording.as_text


def test_a_mistake_is_named_by_file_line_and_column_and_nothing_is_imported(connection, folder):
    edit(folder, KEY, "in production", "on the press")
    path = folder / "status_change_email.md"
    path.write_text("Subject: Order {{ job_numbr }}\n\nHello,\n\nit is {{ statuz }}.\n", encoding="utf-8")

    with pytest.raises(exchange.ImportRefused) as refusal:
        exchange.import_(folder, access.COMMAND_LINE)

    assert [place.partition(": ")[0] for place in refusal.value.places][:2] == [f"{path}:1:19", f"{path}:5:10"]
    assert versions(connection) == 0


def test_switches_move_with_an_entry_in_the_audit(connection, folder):
    toggles = json.loads((folder / "rules.json").read_text())
    (folder / "rules.json").write_text(json.dumps(toggles | {"status_change_email": True, KEY: False}))

    imported = exchange.import_(folder, access.COMMAND_LINE)

    assert set(imported.toggles) == {"status_change_email", KEY}
    on = {row["rule_key"]: row["enabled"] for row in connection.execute("SELECT rule_key, enabled FROM rule_setting")}
    assert (on["status_change_email"], on[KEY]) == (True, False)
    assert connection.execute("SELECT count(*) AS n FROM audit_entry").fetchone()["n"] == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "rules.json:1:2"),
        ("[]", "expected an object"),
        ('{"nope": true}', "no rule 'nope'"),
        ('{"lead_new_notification": "yes"}', "must be true or false"),
        ('{"job_complete_sms": true}', "needs Twilio"),
    ],
)
def test_a_mistake_in_the_switches_stops_the_wordings_too(connection, folder, text, says):
    edit(folder, KEY, "in production", "on the press")
    (folder / "rules.json").write_text(text)

    with pytest.raises(exchange.ImportRefused, match=says):
        exchange.import_(folder, access.COMMAND_LINE)

    assert versions(connection) == 0


@pytest.mark.parametrize(("name", "content"), [("nope.md", b"x"), (f"{KEY}.md", b"\xff\xfe")])
def test_a_file_that_is_no_wording_is_named(connection, folder, name, content):
    (folder / name).write_bytes(content)

    with pytest.raises(exchange.ImportRefused, match=f"{name}:1:1"):
        exchange.import_(folder, access.COMMAND_LINE)


def test_an_empty_folder_is_refused(connection, tmp_path):
    with pytest.raises(exchange.ImportRefused, match="name the folder"):
        exchange.import_(tmp_path, access.COMMAND_LINE)


def test_only_an_admin_imports(connection, folder):
    with pytest.raises(NotAllowed):
        exchange.import_(folder, shop.make_staff(connection, role="sales")["id"])
