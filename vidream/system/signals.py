"""Signals that end a process, as far as this system has them: Windows knows no SIGHUP."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CTRL_C, TOLD, TERMINAL_CLOSED = "SIGINT", "SIGTERM", "SIGHUP"
"""What each is for: a key, `kill` and a shutdown, the end of the terminal."""
ENDING = (CTRL_C, TOLD, TERMINAL_CLOSED)


def numbers(*names: str) -> list[int]:
    """The numbers of those of some signals that this system has."""
    return [int(getattr(signal, name)) for name in names if hasattr(signal, name)]


@contextmanager
def heard(hear: Callable[[int, Any], object], *names: str) -> Iterator[None]:
    """Within the block signals are heard by a function; afterwards by whoever heard them before.

    What is ignored when we start (`nohup` sees to that) stays ignored. In a thread that is not the main one nothing is
    changed: Python lets no other.

    Args:
        hear: gets the signal's number, and the stack frame that it came in.
        names: of the signals; those that this system lacks are left out.
    """
    previous = {}
    if threading.current_thread() is threading.main_thread():
        heeded = [number for number in numbers(*names) if signal.getsignal(number) is not signal.SIG_IGN]
        previous = {number: signal.signal(number, hear) for number in heeded}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def ignore(number: int) -> None:
    """Heed a signal no more."""
    signal.signal(number, signal.SIG_IGN)
