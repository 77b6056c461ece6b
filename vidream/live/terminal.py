"""The terminal that a live dream was started from, as one of the hands: its keys play the board."""

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from typing import Protocol

from vidream.events import note
from vidream.live.instrument import Instrument
from vidream.live.keys import WINDOW_KEYS, press

WAIT = 0.1
"""Seconds until a terminal where nothing is typed looks whether it is to be closed."""

_SEQUENCES = {
    "[A": "up",
    "[B": "down",
    "[C": "right",
    "[D": "left",
    "OA": "up",
    "OB": "down",
    "OC": "right",
    "OD": "left",
}
"""What a terminal sends after an escape for an arrow: ECMA-48, and DEC's application mode."""
_TYPED = re.compile(r"\x1b+(?P<sequence>[\[O][0-?]*[ -/]*[@-~]?|[^\x1b]?)|(?P<sign>[^\x1b])", re.DOTALL)
"""An escape with its sequence, or with the letter that was typed with alt; or a sign."""
_CONSOLE = {"H": "\x1b[A", "P": "\x1b[B", "M": "\x1b[C", "K": "\x1b[D"}
"""The second half of what Windows' console sends for an arrow -> what other terminals send."""
_SIGNS = {" ": "space", "\n": "enter", "\r": "enter"}


def keys_of(typed: str) -> Iterator[str]:
    """The names of the keys that were typed; escape, and keys whose sequences are not known, are left out.

    Args:
        typed: what a terminal sent at once.
    """
    for match in _TYPED.finditer(typed):
        sequence, sign = match["sequence"], match["sign"]
        if sign:
            yield _SIGNS.get(sign, sign.lower())
        elif sequence in _SEQUENCES:
            yield _SEQUENCES[sequence]


class Keyboard(Protocol):
    """A terminal's keys, as they are typed."""

    def read(self) -> str:
        """What was typed within WAIT seconds; "" for nothing."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Terminal:
    """Plays by a keyboard until it is closed, in a thread of its own."""

    trouble = ""

    def __init__(self, keyboard: Keyboard, board: Instrument, end: Callable[[], None]) -> None:
        """Begin to listen.

        Args:
            keyboard: an open one.
            board: what is played.
            end: ends the show.
        """
        self._keyboard, self._board, self._end = keyboard, board, end
        self._closing = threading.Event()
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._listen,), name="vidream-keys", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Listen no more, and leave the terminal as it was."""
        self._closing.set()
        self._thread.join()
        self._keyboard.close()

    def _listen(self) -> None:
        while not self._closing.is_set():
            for key in keys_of(self._keyboard.read()):
                if key in WINDOW_KEYS and WINDOW_KEYS[key].order == "quit":
                    self._end()
                said = press(key, self._board)
                if said is not None:
                    note(said)


class PosixKeyboard:
    """Standard input, key by key, without an echo; Ctrl-C and Ctrl-Z stay what they are."""

    def __init__(self) -> None:
        """Switch the terminal over. Only where `_typed_to`."""
        import termios
        import tty

        self._number = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._number)
        tty.setcbreak(self._number, termios.TCSANOW)

    def read(self) -> str:
        import select

        try:
            if not select.select([self._number], [], [], WAIT)[0]:
                return ""
            typed = os.read(self._number, 1024)
        except OSError:  # the terminal has gone
            typed = b""
        if not typed:
            time.sleep(WAIT)
        return typed.decode(errors="ignore")

    def close(self) -> None:
        import termios

        with suppress(termios.error):  # the terminal has gone
            termios.tcsetattr(self._number, termios.TCSANOW, self._before)


class WindowsKeyboard:
    """The console's keys."""

    def read(self) -> str:
        if sys.platform == "win32":
            import msvcrt

            if msvcrt.kbhit():
                sign = msvcrt.getwch()
                return _CONSOLE.get(msvcrt.getwch(), "") if sign in ("\0", "\xe0") else sign
        time.sleep(WAIT)
        return ""

    def close(self) -> None:
        """Nothing was changed."""


def open_keyboard() -> Keyboard | None:
    """The keyboard of the terminal that this was started from; None: there is none, or another program has it."""
    if not _typed_to():
        return None
    return WindowsKeyboard() if sys.platform == "win32" else PosixKeyboard()


def _typed_to() -> bool:
    """Whether standard input is a terminal, and this process the one that it types to."""
    try:
        number = sys.stdin.fileno()
        there = os.isatty(number)
        if there and sys.platform != "win32":
            there = os.tcgetpgrp(number) == os.getpgrp()
    except (AttributeError, OSError, ValueError):  # standard input is closed, or something else
        return False
    return there
