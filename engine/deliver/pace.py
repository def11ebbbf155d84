"""How quickly a sender gets through its messages, and so how many it claims at once."""

import math
import time

MOST_AT_ONCE = 10
"""Where the provider answers within milliseconds."""
SMOOTHING = 0.2


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
        """So many can be handed over while a look holds; where the provider is slow, one."""
        return max(1, min(MOST_AT_ONCE, int(seconds / max(self._each, 0.001))))
