"""Values made harmless for where they land: no control characters, no hidden reordering, no second header line."""

import re

MAX_VALUE = 5_000

# C0 and C1 controls except tab and newline; bidi embeddings, overrides and isolates, with which a name could show
# another text than it holds; spaces and joiners without width, except those that emoji and some scripts need;
# interlinear annotations and lone surrogates, which cannot be sent.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)
_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_SUSPECT = re.compile(_HIDDEN.pattern + "|[\r\x85\u2028\u2029]")


def tidy(text: str) -> str:
    """Line ends become newlines; nothing invisible is left; never longer than a screenful."""
    if not text.isprintable() and _SUSPECT.search(text):
        text = _HIDDEN.sub("", _BREAKS.sub("\n", text))
    return text if len(text) <= MAX_VALUE else shorten(text, MAX_VALUE)


def one_line(text: str) -> str:
    """For a subject or any other header."""
    return " ".join(tidy(text).split())


def shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…"
