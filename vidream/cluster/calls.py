"""Calls of Ray's that may hang: made in threads, waited for so long; and how a process ends that has one."""

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from vidream.cluster.farm import FarmGone
from vidream.events import checkpoint
from vidream.system.signals import ENDING, numbers

SILENCE = 15.0
"""Seconds without an answer of the head's, after which it is gone."""

Result = TypeVar("Result")

_stuck: list[threading.Thread] = []  # calls of Ray that are not waited for, once they are over; or will never be


class HeadGone(FarmGone):
    """The cluster's head has not answered for a while: it was killed, is frozen, or cannot be reached."""

    def __init__(self) -> None:
        """In words; what is safe is said by whoever knows it."""
        super().__init__("the cluster's head is gone; start it again, or name another by --cluster")


def within(seconds: float, call: Callable[[], Result], *, heeding: bool = True) -> Result:
    """What a call of Ray's returns or raises; it is made in a thread of its own, and signals are ours meanwhile.

    Args:
        seconds: how long it may take.
        call: of Ray's.
        heeding: whether a run that is cancelled does not wait for it.

    Raises:
        TimeoutError: it has not returned within so many seconds; it is left alone.
        Cancelled: the run was cancelled, or somebody pressed Ctrl-C (KeyboardInterrupt); it is left alone.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            errors.append(error)

    _stuck[:] = [each for each in _stuck if each.is_alive()]
    thread = threading.Thread(target=run, name="vidream-ray", daemon=True)
    end = time.monotonic() + seconds
    handlers = _handlers()
    _stuck.append(thread)
    thread.start()
    while thread.is_alive() and time.monotonic() < end:
        thread.join(0.05)
        _put_back(handlers)  # Ray's C++ puts its own in their place
        if heeding:
            checkpoint()
    if thread.is_alive():
        raise TimeoutError
    _stuck.remove(thread)
    if errors:
        raise errors[0]
    return results[0]


def answered(call: Callable[[], Result]) -> Result:
    """What a call of Ray's returns that waits for the head.

    Raises:
        HeadGone: it has not returned within SILENCE seconds.
        Cancelled: as `within`.
    """
    try:
        return within(SILENCE, call)
    except TimeoutError:
        raise HeadGone from None


def _handlers() -> dict[int, Any]:
    """What happens at the signals that would end us, by their numbers; nothing, where that is not ours to change."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: handler for number in numbers(*ENDING) if (handler := signal.getsignal(number)) is not None}


def _put_back(handlers: Mapping[int, Any]) -> None:
    for number, handler in handlers.items():
        if signal.getsignal(number) is not signal.SIG_IGN:  # of a signal that came meanwhile
            signal.signal(number, handler)


def is_stuck() -> bool:
    """Whether a call of Ray's has been given up that may never return: the process cannot end in the ordinary way."""
    return any(thread.is_alive() for thread in _stuck)


def is_settled(seconds: float) -> bool:
    """Whether, within so many seconds, all calls that were given up have returned after all."""
    end = time.monotonic() + seconds
    for thread in list(_stuck):
        thread.join(max(0.0, end - time.monotonic()))
    return not is_stuck()


def end_process(status: int) -> None:
    """End this process, if Ray would not let it end in the ordinary way."""
    if is_stuck():
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):
                stream.flush()
        atexit._run_exitfuncs()
        os._exit(status)
