"""How long something takes."""

import time
from collections.abc import Callable

ROUNDS = 7
"""How often a thing is timed."""


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes, once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of ROUNDS, after one that does not count."""
    work()
    return min(timed(work) for _ in range(ROUNDS))
