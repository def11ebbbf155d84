"""What the repository promises to whoever clones it."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_imports import OURS, imports_of

ROOT = Path(__file__).parent.parent
TOP_LEVEL = {
    "app.py", "pages", "portal", "engine", "sidecar", "templates", "tests", "benchmarks", "docs",
    "README.md", "CHANGELOG.md", "LICENSE", "Makefile", "Procfile", "pyproject.toml", "alembic.ini",
    "requirements.txt", "requirements-dev.txt", ".streamlit", ".ci", ".gitignore",
}  # fmt: skip
FOLDERS = [name for name in TOP_LEVEL if (ROOT / name).is_dir()]
TEXT = {"", ".py", ".md", ".toml", ".txt", ".sql", ".html", ".ini", ".mako", ".css", ".svg"}

EMAIL = re.compile(r"\b[\w.+-]+@((?:[a-z0-9-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
NOBODYS = re.compile(r"(?:^|\.)(?:example\.(?:com|org|net)|example|test|invalid|localhost)$", re.IGNORECASE)
PHONE = re.compile(r"\+1\d{10}\b")
# 555-01xx is set aside for fiction, 500-555-00xx for Twilio's own tests.
FICTIONAL = re.compile(r"\+1(?:\d{3}55501\d\d|50055500\d\d)")
SECRET = re.compile(
    r"[rs]k_live_\w{8,}|[rs]k_test_\w{20,}|whsec_\w{20,}|\b(?:AC|SK)[0-9a-f]{32}\b|-----BEGIN [A-Z ]*PRIVATE KEY"
)


def files() -> Iterator[Path]:
    for name in TOP_LEVEL:
        path = ROOT / name
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_file() and file.suffix in TEXT and file.name != "secrets.toml":
                yield file


def lines() -> Iterator[tuple[str, str]]:
    for file in files():
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{file.relative_to(ROOT)}:{number}", line


def pins(name: str) -> dict[str, Requirement]:
    """The requirements of a file by canonical name, comments and `-r` lines left out."""
    text = (ROOT / name).read_text(encoding="utf-8")
    stated = [Requirement(line) for line in text.splitlines() if line and not line.startswith(("#", "-r"))]
    return {canonicalize_name(requirement.name): requirement for requirement in stated}


def test_the_top_level_shows_what_the_program_is_made_of_and_nothing_else() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if tracked.returncode:
        pytest.skip("not a git checkout")

    assert {line.split("/")[0] for line in tracked.stdout.splitlines()} <= TOP_LEVEL


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_exactly(name: str) -> None:
    loose = [
        str(requirement)
        for requirement in pins(name).values()
        if not re.fullmatch(r"==[^*,]+", str(requirement.specifier))
    ]

    assert not loose


def test_what_runs_here_runs_the_same_elsewhere_because_everything_brought_along_is_pinned_too() -> None:
    pinned = pins("requirements.txt")
    waiting, seen = list(pinned.values()), set()
    while waiting:
        requirement = waiting.pop()
        extras = {""} | requirement.extras
        for text in importlib.metadata.requires(requirement.name) or []:
            brought = Requirement(text)
            wanted = brought.marker is None or any(brought.marker.evaluate({"extra": extra}) for extra in extras)
            if wanted and text not in seen:
                seen.add(text)
                waiting.append(brought)

    assert {canonicalize_name(Requirement(text).name) for text in seen} <= pinned.keys()


def test_every_library_that_is_imported_is_one_that_is_installed_to_run() -> None:
    distributions = importlib.metadata.packages_distributions()
    pinned = pins("requirements.txt")
    ours = {Path(name).stem for name in OURS}

    unknown = [
        found.place
        for found in imports_of(*OURS)
        if (library := found.module.split(".")[0]) not in sys.stdlib_module_names | ours
        and not {canonicalize_name(name) for name in distributions.get(library, [])} & pinned.keys()
    ]

    assert not unknown


def test_addresses_and_numbers_belong_to_nobody() -> None:
    real = [
        f"{place} {found[0]}"
        for place, line in lines()
        for found in [*EMAIL.finditer(line), *PHONE.finditer(line)]
        if not (NOBODYS.search(found[1]) if "@" in found[0] else FICTIONAL.fullmatch(found[0]))
    ]

    assert not real


def test_no_secret_is_in_the_repository() -> None:
    # A made-up credential is recognised by how few different characters it has.
    secrets = [f"{place}" for place, line in lines() for found in SECRET.findall(line) if len(set(found)) > 12]

    assert not secrets


def test_the_theme_asks_no_third_party_and_reports_to_none() -> None:
    text = (ROOT / ".streamlit/config.toml").read_text(encoding="utf-8")
    config = tomllib.loads(text)

    assert config["browser"]["gatherUsageStats"] is False
    assert config["server"]["address"] == "localhost"
    assert "://" not in text
    assert config["theme"]["light"].keys() == config["theme"]["dark"].keys()


def test_no_open_window_keeps_the_others_waiting_for_a_look_through_all_memory() -> None:
    assert tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["runner"]["postScriptGC"] is False


def test_streamlit_knows_every_option_that_we_set() -> None:
    reading = "from streamlit import config; config.get_config_options(force_reparse=True)"
    read = subprocess.run([sys.executable, "-c", reading], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "not a valid config option" not in read.stderr + read.stdout


def test_bare_make_lists_every_command_with_a_sentence() -> None:
    listing = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, env=plain_environment())

    listed = dict(line.split(maxsplit=2)[1:] for line in listing.stdout.splitlines())
    assert {"run", "test", "lint", "bench", "migrate", "demo"} <= listed.keys()


def test_a_python_that_is_too_old_is_told_so_in_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text(encoding="utf-8"))
    (tmp_path / "requirements.txt").touch()

    made = subprocess.run(
        ["make", f"PYTHON={old}", "install"], cwd=tmp_path, capture_output=True, text=True, env=plain_environment()
    )

    assert made.returncode != 0
    assert made.stdout.startswith("Inkbell needs Python 3.11 or newer")


def plain_environment() -> dict[str, str]:
    """Without what a surrounding make hands down to the makes inside it."""
    return {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
