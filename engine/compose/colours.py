"""The shop's own colour, and the shades of it that can be read on paper and in the dark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

PRESS_BLUE = "#1f4fa3"
"""What stands where a shop has chosen no colour."""

WHITE, INK, BLACK = "#ffffff", "#14171d", "#000000"
PAPER, DARK_PAPER = "#f0ebdf", "#28241f"
"""The least favourable of the surfaces that text of this colour stands on, by day and by night."""

READABLE = 4.5
"""Contrast of text with its ground, WCAG 2.2, success criterion 1.4.3."""

_colour = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Shades:
    """`accent` is a ground with `on_accent` as its ink; `link` is an ink on paper; the others are for the dark."""

    accent: str
    on_accent: str
    link: str
    dark_accent: str
    on_dark_accent: str


@cache
def shades(colour: str | None) -> Shades:
    """None, or what is no colour like `#1f4fa3`, gives those of press blue."""
    accent = colour if colour and _colour.fullmatch(colour) else PRESS_BLUE
    dark = _until_readable(accent, DARK_PAPER, towards=WHITE)
    return Shades(accent, _ink_on(accent), _until_readable(accent, PAPER, towards=BLACK), dark, _ink_on(dark))


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white), WCAG 2.2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _ink_on(ground: str) -> str:
    """On every ground either white or black can be read."""
    return next(ink for ink in (WHITE, INK, BLACK) if contrast(ink, ground) >= READABLE)


def _until_readable(colour: str, ground: str, *, towards: str) -> str:
    """The nearest mixture with black or white that can be read on the ground."""
    mixtures = (_mixed(colour, towards, step / 20) for step in range(21))
    return next(mixture for mixture in mixtures if contrast(mixture, ground) >= READABLE)


def _mixed(one: str, other: str, share: float) -> str:
    parts = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def _luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _fractions(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _fractions(colour: str) -> list[float]:
    return [part / 255 for part in _parts(colour)]


def _parts(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
