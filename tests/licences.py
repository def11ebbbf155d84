"""`make licences`: writes under which licence everything that runs with Inkbell may be used, by its own metadata."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = ROOT / "docs" / "licences.md"
HEAD = """# Licences

What `requirements.txt` installs, with all that those packages need in turn, and the licence that each names in its own
metadata. Made by `make licences`; a test holds that it is current.

| package | version | licence |
|---|---|---|
"""

_name = re.compile(r"^[A-Za-z0-9][\w.-]*")


def closure() -> dict[str, Distribution]:
    """By normalised name: what is pinned, and what is installed because something pinned asks for it."""
    wanted = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    left, found = [line for line in wanted if line], {}
    while left:
        requirement = left.pop()
        match = _name.match(requirement)
        if match is None or "extra ==" in requirement.replace("'", '"'):
            continue
        name = re.sub(r"[-_.]+", "-", match[0]).lower()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # asked for on another platform or Python only
        left += found[name].requires or []
    return found


def licence(package: Distribution) -> str:
    """The SPDX expression, else the classifiers, else the first line of the free text; '' where it names none."""
    said = package.metadata
    if expression := said.get("License-Expression"):
        return str(expression)
    classified = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier") or () if line.startswith("License")]
    named = [line for line in classified if line != "OSI Approved"]
    return " / ".join(named) or str(said.get("License") or "").strip().split("\n")[0][:60]


def text() -> str:
    rows = [
        f"| {name} | {found.version} | {licence(found) or 'not named'} |" for name, found in sorted(closure().items())
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    LIST.write_text(text(), encoding="utf-8")
    print(f"wrote {LIST.relative_to(ROOT)}")
