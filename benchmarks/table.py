"""The one table: every figure beside a yardstick that was measured in the same run on the same machine."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
HEAD = ("what", "figure", "yardstick", "", "ratio", "aim", "met")


@dataclass(frozen=True)
class Row:
    """`ratio` is figure over yardstick where more is better, and for times where less is; `aim` bounds it.

    `at_least` is None for a row that has no aim, and whose ratio only informs.
    """

    what: str
    figure: float
    yardstick: float
    beside: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratio(self) -> float:
        return self.figure / self.yardstick

    @property
    def met(self) -> bool | None:
        if self.at_least is not None:
            return self.ratio >= self.at_least
        return None if self.at_most is None else self.ratio <= self.at_most

    @property
    def cells(self) -> tuple[str, ...]:
        aim = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}" if self.at_most else ""
        met = {True: "yes", False: "no", None: ""}[self.met]
        return (
            self.what,
            said(self.figure, self.unit),
            said(self.yardstick, self.unit),
            self.beside,
            f"{self.ratio:.2f}",
            aim,
            met,
        )


@dataclass(frozen=True)
class Skipped:
    """A row that could not be measured here, and what it takes."""

    what: str
    because: str

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.what, "not measured", "", self.because, "", "", "")


Rows = Iterator[Row | Skipped]
Family = Callable[[], Rows]


def said(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1e6:.0f} µs" if value < 1e-3 else f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"
    return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.3g} {unit}"


def line(row: Row | Skipped) -> str:
    widths = (58, 12, 12, 40, 6, 7, 3)
    return "  ".join(cell.ljust(width) for cell, width in zip(row.cells, widths, strict=True)).rstrip()


def write(rows: Sequence[Row | Skipped]) -> None:
    bars = [f"| {' | '.join(cells)} |" for cells in (HEAD, ("---",) * len(HEAD), *(row.cells for row in rows))]
    RESULTS.write_text("\n".join([*preface(), *bars, ""]), encoding="utf-8")


def preface() -> list[str]:
    cpu = next((row.partition(":")[2].strip() for row in _lines("/proc/cpuinfo") if row.startswith("model name")), "")
    cores = sum(row.startswith("processor") for row in _lines("/proc/cpuinfo"))
    parts = [f"{name} {version(name)}" for name in ("psycopg", "jinja2", "streamlit", "sqlalchemy")]
    return [
        "# Measured",
        "",
        f"By `make bench` on {datetime.now(UTC):%Y-%m-%d}: {cores} cores, {cpu or platform.machine()}, "
        f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}, "
        f"{', '.join(parts)}, Inkbell {_commit()}. PostgreSQL 18 on the same machine, fsync on.",
        "",
        "A figure alone says little on a machine that also does other work, so each stands beside a yardstick from the",
        "same run. `ratio` is the figure over the yardstick.",
        "",
    ]


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "of no commit"
