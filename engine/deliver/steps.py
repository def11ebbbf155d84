"""The steps of a delivery at which the chaos tests let this process die, to prove that it may die at any of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from itertools import count

VARIABLE = "INKBELL_CHAOS_STEP"
"""`step` or `step:n`: dies at the n-th time. Safe in production: whoever can set it could end the process as well."""

BEFORE_CLAIM = "before_claim"
AFTER_CLAIM = "after_claim"
BEFORE_HAND_OFF = "before_hand_off"
ACCEPTED = "accepted"
BEFORE_SETTLE = "before_settle"
STEPS = (BEFORE_CLAIM, AFTER_CLAIM, BEFORE_HAND_OFF, ACCEPTED, BEFORE_SETTLE)


def _goes_on(step: str) -> None:
    pass


def _dies_at(fatal: str, time: int) -> Callable[[str], None]:
    times = count(1)

    def reach(step: str) -> None:
        if step == fatal and next(times) == time:
            # As the kernel would: no handler runs, nothing is rolled back politely.
            os.kill(os.getpid(), signal.SIGKILL)

    return reach


def _chosen(given: str) -> Callable[[str], None]:
    step, _, time = given.partition(":")
    return _dies_at(step, int(time or 1)) if step in STEPS else _goes_on


reached = _chosen(os.environ.get(VARIABLE, ""))
