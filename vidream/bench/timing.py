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


def costs(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that it takes, once, and seconds of all cores of this process together."""
    began, spent = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - spent


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of ROUNDS, after one that does not count."""
    work()
    return min(timed(work) for _ in range(ROUNDS))
