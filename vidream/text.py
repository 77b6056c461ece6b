"""Text that is safe to show or to log.

Names of files, layers, knobs and songs come from anybody. Shown raw, they could clear a screen, set a title, or forge a
line of a log.
"""

import logging
import os
import shlex
import traceback
from collections.abc import Iterable
from decimal import Decimal
from types import TracebackType
from typing import TypeAlias

ExceptionInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
"""An exception as `sys.exc_info` gives it."""

NOTHING = 1e-9
"""Below it a number is what the rounding of floats has left of 0: -5.934e-24."""

UNSAFE = (
    *range(0x20),  # C0: ESC, new line, tab, ...
    *range(0x7F, 0xA0),  # DEL and C1
    *range(0x2028, 0x202F),  # line and paragraph separators; embeddings and overrides of direction
    *range(0x2066, 0x206A),  # isolates
    *range(0xD800, 0xE000),  # surrogates: bytes of a file name that are not UTF-8
)
"""Code points that are shown as Python's escape for them. Joiners are safe: emoji and scripts are made of them."""

_ESCAPES = {code: chr(code).encode("unicode_escape").decode("ascii") for code in UNSAFE}


def printable(text: str) -> str:
    r"""The text on one line, with an escape for each character of UNSAFE: `\x1b`, `\n`, `\u202e`, `\udce9`."""
    return text.translate(_ESCAPES)


def counted(number: int, noun: str, *, are: bool = False) -> str:
    """1 frame, 2 frames; with `are`: 1 frame is, 2 frames are."""
    if number == 1:
        return f"1 {noun} is" if are else f"1 {noun}"
    return f"{number} {noun}s are" if are else f"{number} {noun}s"


def figure(value: float, digits: int = 6) -> str:
    """A number as a person reads it: so many digits that count, no exponent, and 0 for what rounding has left of 0."""
    if abs(value) < NOTHING:
        return "0"
    text = f"{value:.{digits}g}"
    return f"{Decimal(text):f}" if "e" in text else text


def clock_time(seconds: float) -> str:
    """A time of a song or a film as a person reads it, and as --start takes it: 0:00, 0:31.2, 71:05; to a tenth."""
    tenths = round(10 * seconds)
    minutes, tenths = divmod(tenths, 600)
    text = f"{minutes}:{tenths // 10:02d}"
    return f"{text}.{tenths % 10}" if tenths % 10 else text


def install(extra: str) -> str:
    """How the packages of an extra are installed, in words: of a clone, and where vidream came from a package index."""
    return f"pip install '.[{extra}]' in the project's folder; where there is none, pip install 'vidream[{extra}]'"


def shell_command(words: Iterable[str]) -> str:
    r"""A command that can be pasted into a shell, without any character of UNSAFE, whatever a file is called.

    A word that has one is written as bash, zsh and ksh read it, byte by byte: $'caf\xe9.png'.
    """
    return " ".join(map(_quote, words))


def _quote(word: str) -> str:
    if printable(word) == word:
        return shlex.quote(word)
    plain = {code: chr(code) for code in range(0x20, 0x7F) if chr(code) not in "'\\"}
    escaped = "".join(plain.get(byte, rf"\x{byte:02x}") for byte in os.fsencode(word))
    return f"$'{escaped}'"


def traceback_lines(error: BaseException) -> list[str]:
    """A traceback's lines; further lines of a message are indented, so that they can pass for nothing else."""
    lines = []
    for part in traceback.format_exception(error):
        first, *rest = part.rstrip("\n").split("\n")
        lines += [first, *(line if line.startswith(" ") else f"    {line}" for line in rest)]
    return [printable(line) for line in lines]


class LogFormatter(logging.Formatter):
    """One line for each record, whatever its message holds.

    A traceback is indented, so that no line of it can pass for a record.
    """

    def format(self, record: logging.LogRecord) -> str:
        shared = record.exc_text  # by the handlers of a record, as the first of them wrote it
        record.exc_text = None
        try:
            return super().format(record)
        finally:
            record.exc_text = shared

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        return printable(super().formatMessage(record))

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802
        if ei[1] is None:
            return ""
        return "\n".join(f"    {line}" for line in traceback_lines(ei[1]))
