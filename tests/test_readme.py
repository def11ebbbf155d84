"""The README tells the truth: its tables are the program's."""

import re
import subprocess
import sys
from pathlib import Path

from engine.catalog.rules import RULES
from engine.settings import Environment

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of every table row under a heading whose first cell is code."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [
        [cell.strip().strip("`") for cell in line.strip("|").split(" | ")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]


def test_the_rules_at_a_glance_are_the_catalog() -> None:
    told = {key: (says, on, default.split(",")[0]) for key, says, on, default in rows("The 24 rules")}

    assert told == {rule.key: (rule.says, rule.on, "on" if rule.default else "off") for rule in RULES}


def test_what_a_rule_needs_is_told() -> None:
    told = {key: default.partition(", needs ")[2].lower() for key, _, _, default in rows("The 24 rules")}

    assert told == {rule.key: rule.needs or "" for rule in RULES}


def test_every_setting_of_the_environment_is_explained() -> None:
    assert {row[0] for row in rows("Configuration")} == {name.upper() for name in Environment.model_fields}


def test_every_command_is_told() -> None:
    help = subprocess.run(
        [sys.executable, "-m", "engine", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    commands = set(re.findall(r"^    (\w+) ", help.stdout, re.MULTILINE))
    told = {row[0].split()[3] for row in rows("Commands") if row[0].startswith("python -m engine ")}
    assert told == commands


def test_every_path_in_the_layout_exists() -> None:
    layout = README.split("## Where things are")[1].split("```")[1]
    named = re.findall(r"^(?:[\w/.]+ ?)+", layout, re.MULTILINE)

    missing = [path for line in named for path in line.split() if not (ROOT / path).exists()]
    assert not missing


def test_every_picture_it_shows_is_there_and_none_is_there_for_nothing() -> None:
    shown = set(re.findall(r'(?:src|srcset)="([^"]+)"', README))

    assert shown == {str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.png")}
