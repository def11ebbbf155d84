"""One cell of a sheet, read as what its column holds; each raises InkbellError naming what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError

from engine.errors import InkbellError

Row = dict[str, Any]

# A comma stands before three digits, or it may be a decimal one: "48,00" is no 4,800.
_COUNT = re.compile(r"([0-9]+|[0-9]{1,3}(?:[,\s][0-9]{2,3})*[,\s][0-9]{3})(?:\.0{0,2})?")


def number(text: str) -> str:
    """Many programs write it as "#1042"."""
    return text.lstrip("# ")


def once(cell: Row, place: int, seen: dict[str, int]) -> str:
    found = needed({"number": number(cell["number"])}, "number")
    if found in seen:
        raise InkbellError(f"the same number as in line {seen[found]}; keep one of them")
    seen[found] = place
    return found


def needed(cell: Row, column: str) -> str:
    if not cell.get(column):
        raise InkbellError(f"the {column} is empty; enter one")
    return str(cell[column])


def status(word: str, meant: Mapping[str, str], known: Mapping[str, str]) -> str | None:
    if not word:
        return None
    key = meant.get(word)
    if key not in known:
        raise InkbellError(f"nobody has said what the status {word!r} means; choose one")
    return key


def whole(text: str) -> int | None:
    given = text.strip()
    if not given:
        return None
    found = _COUNT.fullmatch(given)
    digits = re.sub(r"\D", "", found[1]) if found else ""
    if not 0 < len(digits) <= 6:
        raise InkbellError(f"{text!r} is no quantity; write a number")
    return int(digits)


def day(text: str, locale: str) -> date | None:
    """ISO, "Nov 30, 2026", or as the locale has it: "11/30/2026" in America, "30/11/2026" in Britain."""
    given = text.strip().split("T")[0]
    if not given:
        return None
    for form in ("%Y-%m-%d", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d.%m.%Y"):
        if found := _as(given, form):
            return found
    days = {found for form in _slashed(locale) if (found := _as(given, form))}
    if len(days) > 1:
        raise InkbellError(f"{text!r} could be two days; write it like 2026-11-30")
    if not days:
        raise InkbellError(f"{text!r} is no date; write it like 2026-11-30")
    return days.pop()


def _as(given: str, form: str) -> date | None:
    try:
        return datetime.strptime(given, form).date()  # noqa: DTZ007
    except ValueError:
        return None


@lru_cache(maxsize=16)
def _slashed(locale: str) -> tuple[str, ...]:
    """Both ways where people begin with the year, for then a slash says nothing; month first where nobody knows."""
    month_first, day_first = ("%m/%d/%Y", "%m/%d/%y"), ("%d/%m/%Y", "%d/%m/%y")
    try:
        pattern = Locale.parse(locale.replace("-", "_")).date_formats["short"].pattern
    except (UnknownLocaleError, ValueError):
        return month_first
    if pattern.startswith("y"):
        return (*month_first, *day_first)
    return day_first if pattern.find("d") < pattern.find("M") else month_first


def way(cell: Row) -> Row:
    if "delivery_method" not in cell:
        return {}
    word = letters(cell["delivery_method"])
    for way, words in {
        "pickup": ("pickup", "willcall", "counter"),
        "ship": ("ship", "shipping", "shipped", "mail"),
        "deliver": ("deliver", "delivery", "localdelivery"),
    }.items():
        if word in words:
            return {"delivery_method": way}
    if word:
        raise InkbellError(f"{cell['delivery_method']!r} is no way of delivery; write pickup, ship or deliver")
    return {"delivery_method": None}


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())
