"""When each frame is shown, as ffmpeg tells it: through a pipe of its own, exactly, apart from what it logs."""

import os
import re
from collections.abc import Sequence
from fractions import Fraction

OPTION = "stats_enc_pre"
STAMPS = "(stamps)"
"""Among an output's options: the time of each of its frames is told."""

UNKNOWN = -(2**63)  # how ffmpeg writes that it does not know a time
STAMP = re.compile(r"(-?\d+) (\d+)/(\d+)\s*")


class Stamps:
    """The times of the frames that an ffmpeg makes, each told before the frame itself is written.

    After ffmpeg has been started with `named(arguments)` and with `end` passed on to it, `begin` must be called.
    """

    def __init__(self) -> None:
        reading, self.end = os.pipe()
        self._lines = os.fdopen(reading, encoding="ascii", errors="replace")
        self._begun = False

    def named(self, arguments: Sequence[str]) -> list[str]:
        """The arguments, with STAMPS in ffmpeg's words."""
        told = ("-enc_time_base", "demux", f"-{OPTION}", f"pipe:{self.end}", f"-{OPTION}_fmt", "{pts} {tb}")
        return [word for each in arguments for word in (told if each == STAMPS else (each,))]

    def begin(self) -> None:
        """Close our own copy of the end that ffmpeg writes to, so that the pipe ends when ffmpeg does."""
        if not self._begun:
            os.close(self.end)
        self._begun = True

    def next(self) -> Fraction | None:
        """Seconds on the file's clock, of the next frame; None where ffmpeg knows none, and at the end."""
        found = STAMP.fullmatch(self._lines.readline())
        if not found or int(found[1]) <= UNKNOWN or not int(found[3]):
            return None
        return int(found[1]) * Fraction(int(found[2]), int(found[3]))

    def close(self) -> None:
        self.begin()
        self._lines.close()
