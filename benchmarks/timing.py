"""How long one call takes, as a person would want to read it."""

import statistics
import time
from collections.abc import Callable


def seconds(act: Callable[[], object], rounds: int) -> float:
    """The median of so many calls, after one that warms up."""
    act()
    return statistics.median(_once(act) for _ in range(rounds))


def beside(act: Callable[[], object], yardstick: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The medians of both, call by call in turn: a processor that changes its pace meanwhile does so for both."""
    act(), yardstick()
    times = [(_once(act), _once(yardstick)) for _ in range(rounds)]
    ours, theirs = zip(*times, strict=True)
    return statistics.median(ours), statistics.median(theirs)


def readable(seconds: float) -> str:
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _once(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
