"""A CSV file as another program wrote it: its headings and its lines."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import InkbellError

MOST_BYTES = 10_000_000
MOST_LINES = 20_000
MOST_COLUMNS = 1_000

# The longer mark first: that of UTF-32 begins with that of UTF-16.
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx and .xls begin."""

SAVE_AGAIN = "in Excel choose Save as → CSV UTF-8 (comma delimited), and import that file"


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    `lines` are dicts by heading; `numbers` say where each stands in the file, as a spreadsheet counts its rows.

    `too_long` are the numbers of those with more cells than there are headings, so that nobody knows what is what.
    """

    headings: tuple[str, ...]
    lines: tuple[Mapping[str, str], ...]
    numbers: tuple[int, ...]
    too_long: frozenset[int] = frozenset()


def read(data: bytes) -> Sheet:
    """Raises InkbellError for what is no CSV file with headings. Commas, semicolons and tabs are told apart."""
    if len(data) > MOST_BYTES:
        raise InkbellError("the file is larger than 10 MB; split it")
    rows = _rows(_text(data))
    if len(rows) < 2:
        raise InkbellError("the file has no lines below its headings; save the whole sheet as CSV")
    if len(rows) > MOST_LINES + 1:
        raise InkbellError(f"the file has more than {MOST_LINES:,} lines; split it")
    (_, first), *rest = rows
    if len(first) > MOST_COLUMNS:
        raise InkbellError(
            f"the first line has {len(first):,} columns where headings should be; at most {MOST_COLUMNS:,}"
        )
    headings = tuple(heading.strip() or f"Column {place}" for place, heading in enumerate(first, start=1))
    if len(set(headings)) < len(headings):
        raise InkbellError("two columns have the same heading; rename one")
    lines = tuple({heading: cell.strip() for heading, cell in zip(headings, row, strict=False)} for _, row in rest)
    too_long = frozenset(number for number, row in rest if any(map(str.strip, row[len(headings) :])))
    return Sheet(headings, lines, tuple(number for number, _ in rest), too_long)


def _text(data: bytes) -> str:
    """Unicode in any of its encodings, else the Windows-1252 that Excel writes as plain "CSV" in America and Europe."""
    if data.startswith(WORKBOOKS):
        raise InkbellError(f"this is an Excel workbook; {SAVE_AGAIN}")
    named = next((encoding for mark, encoding in MARKS.items() if data.startswith(mark)), None)
    for encoding in (named,) if named else ("utf-8", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # UTF-16 without its mark decodes as Windows-1252 with every other letter a null.
        if "\0" not in text:
            return text
    raise InkbellError(f"the letters of this file can't be read; {SAVE_AGAIN}")


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Every row that holds something, with its place."""
    first = text.partition("\n")[0]
    between = max(",;\t", key=first.count)
    try:
        read = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=between), start=1)
        return [(number, row) for number, row in read if any(map(str.strip, row))]
    except csv.Error as error:
        raise InkbellError(f"this is no CSV file ({error}); save it as CSV and try again") from None
