"""A message as it is read, for whoever hands it on and need not know how it came about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Composed:
    """What the recipient reads. A text message has neither subject nor HTML; in the app the subject is the title."""

    subject: str
    preheader: str
    text: str
    html: str
