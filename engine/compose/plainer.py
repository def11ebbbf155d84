"""Characters that make a text message dearer, and what says the same in the cheaper alphabet."""

from __future__ import annotations

import unicodedata

from engine.compose.sms_text import GSM_BASIC, GSM_EXTENSION

_SAYS_THE_SAME = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'",
    "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "•": "-", "·": "-",
    "…": "...", "×": "x", "→": "->", "✓": "ok", "™": "(TM)", "©": "(C)", "®": "(R)", "°": " deg", "№": "No.",
    "½": "1/2", "¼": "1/4", "¾": "3/4",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ",
    "\u200b": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\ufe0f": "", "\u00ad": "",
}  # fmt: skip
_ALPHABET = GSM_BASIC | GSM_EXTENSION


def replacement(mark: str) -> str | None:
    """In the GSM alphabet; '' for a mark that nobody sees, None when nothing says the same."""
    if mark in _SAYS_THE_SAME:
        return _SAYS_THE_SAME[mark]
    bare = "".join(part for part in unicodedata.normalize("NFKD", mark) if not unicodedata.combining(part))
    return bare if bare and bare != mark and set(bare) <= _ALPHABET else None
