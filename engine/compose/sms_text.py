"""How a text is cut into SMS segments: GSM-7 when every character is in its alphabet, else UCS-2 (3GPP TS 23.038)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

MAX_SMS = 1_600
"""Characters; Twilio refuses a longer body with 21617."""

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Each is sent as two units, an escape and the character."""


@dataclass(frozen=True, slots=True)
class Segments:
    """`units` are septets in GSM-7, UTF-16 code units in UCS-2; `forcing` are the characters that made it UCS-2."""

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    units: int
    forcing: tuple[str, ...]


def measure(text: str) -> Segments:
    """An empty text has no segment. A character of two units is never split over two segments."""
    forcing = tuple(dict.fromkeys(mark for mark in text if mark not in GSM_BASIC and mark not in GSM_EXTENSION))
    if forcing:
        return _cut("UCS-2", [2 if mark > "\uffff" else 1 for mark in text], 70, 67, forcing)
    return _cut("GSM-7", [2 if mark in GSM_EXTENSION else 1 for mark in text], 160, 153, ())


def _cut(
    encoding: Literal["GSM-7", "UCS-2"], sizes: Iterable[int], alone: int, joined: int, forcing: tuple[str, ...]
) -> Segments:
    sizes = list(sizes)
    units = sum(sizes)
    if units <= alone:
        return Segments(encoding, 1 if units else 0, units, forcing)
    segments, filled = 1, 0
    for size in sizes:
        if filled + size > joined:
            segments, filled = segments + 1, 0
        filled += size
    return Segments(encoding, segments, units, forcing)
