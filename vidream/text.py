"""Text as it may be shown or logged: what a file is called, or what stands in it, is not what a terminal obeys.

Names of files, layers, knobs and songs come from anybody. Written out raw, they could clear a screen, set a title, or
forge a line of a log.
"""

import logging
import os
import shlex
import traceback
from collections.abc import Iterable
from types import TracebackType
from typing import TypeAlias

Raised: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

WRITTEN_OUT = (
    *range(0x20),  # C0: ESC, new line, tab, ...
    *range(0x7F, 0xA0),  # DEL and C1
    *range(0x2028, 0x202F),  # line and paragraph separators; embeddings and overrides of direction
    *range(0x2066, 0x206A),  # isolates
    *range(0xD800, 0xE000),  # surrogates: bytes of a file name that are not UTF-8
)
"""Code points that are shown as an escape, as Python writes them. Joiners stay: emoji and scripts are made of them."""

_ESCAPES = {code: chr(code).encode("unicode_escape").decode("ascii") for code in WRITTEN_OUT}


def printable(text: str) -> str:
    r"""The text on one line, each character of WRITTEN_OUT as its escape: `\x1b`, `\n`, `\u202e`, `\udce9`."""
    return text.translate(_ESCAPES)


def typed(words: Iterable[str]) -> str:
    r"""A command as it can be pasted into a shell: no character of WRITTEN_OUT is in it, whatever a file is called.

    A word that has one is written as bash, zsh and ksh read it, byte by byte: $'caf\xe9.png'.
    """
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if printable(word) == word:
        return shlex.quote(word)
    plain = {code: chr(code) for code in range(0x20, 0x7F) if chr(code) not in "'\\"}
    escaped = "".join(plain.get(byte, rf"\x{byte:02x}") for byte in os.fsencode(word))
    return f"$'{escaped}'"


def traceback_lines(error: BaseException) -> list[str]:
    """A traceback's lines; what its message goes on with is indented, so that it can pass for nothing else."""
    lines = []
    for part in traceback.format_exception(error):
        first, *rest = part.rstrip("\n").split("\n")
        lines += [first, *(line if line.startswith(" ") else f"    {line}" for line in rest)]
    return [printable(line) for line in lines]


class LogFormatter(logging.Formatter):
    """One line for each record, whatever its message holds; a traceback is indented, so that no line of it can pass
    for a record.
    """

    def format(self, record: logging.LogRecord) -> str:
        kept = record.exc_text  # the handlers of a record share it, as the first of them wrote it
        record.exc_text = None
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        return printable(super().formatMessage(record))

    def formatException(self, ei: Raised) -> str:  # noqa: N802
        return "\n".join(f"    {line}" for line in traceback_lines(ei[1])) if ei[1] else ""
