"""When each frame is shown, as ffmpeg tells it: in a file of its own, exactly, apart from what it logs."""

import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TextIO

from vidream.system.files import removes_open_files

OPTION = "stats_enc_pre"
STAMPS = "(stamps)"
"""Among an output's options: the time of each of its frames is told."""

PREFIX = "vidream-stamps-"
"""How the files are called, in the folder for temporary files."""
UNKNOWN = -(2**63)  # how ffmpeg writes that it does not know a time
STAMP = re.compile(r"(-?\d+) (\d+)/(\d+)\s*")


class Stamps:
    """The times of the frames that an ffmpeg makes: each is written before the frame itself is.

    ffmpeg is to be started with `named(arguments)`.
    """

    def __init__(self) -> None:
        self._path = ""
        self._lines: TextIO | None = None

    def named(self, arguments: Sequence[str]) -> list[str]:
        """The arguments, with STAMPS in ffmpeg's words."""
        if STAMPS not in arguments:
            return [*arguments]
        number, self._path = tempfile.mkstemp(prefix=PREFIX)
        self._lines = os.fdopen(number, encoding="ascii", errors="replace")
        at = arguments.index(STAMPS)
        options = ("-enc_time_base", "filter", f"-{OPTION}", f"file:{self._path}", f"-{OPTION}_fmt", "{pts} {tb}")
        return [*arguments[:at], *options, *arguments[at + 1 :]]

    def next(self) -> Fraction | None:
        """Seconds on the file's clock, of the next frame; None where ffmpeg knows none, and at the end."""
        if self._lines is None:
            return None
        line = self._lines.readline()
        if line and removes_open_files():  # ffmpeg has it open: it needs its name no more, and a kill leaves nothing
            self._unlink()
        stamp = STAMP.fullmatch(line)
        if not stamp or int(stamp[1]) <= UNKNOWN or not int(stamp[3]):
            return None
        return int(stamp[1]) * Fraction(int(stamp[2]), int(stamp[3]))

    def close(self) -> None:
        """Take the file away."""
        if self._lines is not None:
            self._lines.close()
            self._unlink()

    def _unlink(self) -> None:
        """Take its name away, once."""
        path, self._path = self._path, ""
        if path:
            with suppress(OSError):
                Path(path).unlink()
