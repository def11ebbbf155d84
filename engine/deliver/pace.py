"""How quickly a sender gets through its messages, and so how many it claims at once."""

import math
import time

MOST_AT_ONCE = 10
"""Where the provider answers within milliseconds."""
SMOOTHING = 0.5


class Pace:
    """How long one message takes from the hand-off before it to its own, in seconds."""

    def __init__(self) -> None:
        self._each = math.inf

    def start(self) -> None:
        self._at = time.monotonic()

    def lap(self) -> None:
        now = time.monotonic()
        took, self._at = now - self._at, now
        self._each = took if self._each == math.inf else (1 - SMOOTHING) * self._each + SMOOTHING * took

    def fit_into(self, seconds: float) -> int:
        """So many can begin while a look holds: the first at once, and the others one after the other."""
        return min(MOST_AT_ONCE, 1 + int(seconds / max(self._each, 0.001)))
