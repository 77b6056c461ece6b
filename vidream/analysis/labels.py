"""Label tracks as Audacity exports them: a line each, start, end and text, with tabs between; by hand, with spaces."""

import re
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from vidream.analysis.user_file import read_bounded
from vidream.errors import MediaError

LARGEST = 4_000_000
"""Bytes of a file of labels, at most."""

MOST_LABELS = 100_000
"""Labels of a file, and lines of a text, at most."""

LATEST = 1e6
"""Seconds, eleven days: no time lies later."""

SPECTRAL = "\\"
"""How a line begins that gives a label's frequencies, which are not read."""


@dataclass(frozen=True)
class Label:
    """A moment of a sound, or a stretch of it, with a name."""

    start: float
    """seconds from the sound's start, 0 or more"""
    end: float
    """seconds, no less than the start; a moment has both alike"""
    text: str
    """its name; may be empty"""


def read_labels(path: Path) -> tuple[Label, ...]:
    """The labels of a file, by their start.

    Raises:
        MediaError: it cannot be read, has no label, or has a line that is none; the message says which.
    """
    lines = read_lines(path)
    labels = [_label(path, number, line) for number, line in lines if not line.startswith(SPECTRAL)]
    if not labels:
        raise MediaError(f"{path}: has no label; Audacity exports them by File > Export Other > Export Labels")
    return tuple(sorted(labels, key=lambda label: label.start))


def read_lines(path: Path) -> list[tuple[int, str]]:
    """(number from 1, line) of each line of a text file that is not blank, without its end.

    Raises:
        MediaError: it cannot be read, is no UTF-8 text, or is too large.
    """
    try:
        text = read_bounded(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MediaError(f"{path}: not a text file in UTF-8; save it as one") from None
    lines = [(number, line.rstrip("\r")) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > MOST_LABELS:
        raise MediaError(f"{path}: {len(lines)} lines; {MOST_LABELS} are the most")
    return lines


def read_seconds(text: str) -> float | None:
    """Seconds, 0 to LATEST, from their text, with a decimal point or comma; None for anything else."""
    try:
        seconds = float(text.replace(",", "."))
    except ValueError:
        return None
    if not isfinite(seconds) or not 0 <= seconds <= LATEST or "_" in text:
        return None
    return seconds


def _time(text: str) -> float | None:
    """Seconds, as read_seconds, or mm:ss, or hh:mm:ss; None for anything else."""
    *larger, last = text.strip().split(":")
    seconds = read_seconds(last)
    if seconds is None or len(larger) > 2 or not all(re.fullmatch(r"\d{1,6}", part, re.ASCII) for part in larger):
        return None
    if larger and not last[:1].isdigit():
        return None
    for place, part in enumerate(reversed(larger), 1):
        seconds += int(part) * 60**place
    return seconds if seconds <= LATEST else None


def _label(path: Path, number: int, line: str) -> Label:
    fields = line.split("\t", 2)
    if any(_time(field) is None for field in fields[:2]):
        fields = line.split(None, 2)  # an editor that makes spaces of tabs
    times = [_time(field) for field in fields[:2]]
    start, end = times[0], times[-1]
    if len(fields) < 2 or start is None or end is None or end < start:
        wanted = "must be a label, START END TEXT, such as '8.0 8.0 chorus' or '1:08 1:08 chorus'"
        raise MediaError(f"{path}: line {number} {wanted}, not {line[:40]!r}")
    text = ""
    if len(fields) == 3:
        text = fields[2].strip()
    return Label(start, end, text)
