"""Subtitles in SubRip's format, .srt: each has a number, a line "00:00:01,500 --> 00:00:04,000", and its text."""

import re
from pathlib import Path

from vidream.analysis.labels import Label, read_lines
from vidream.errors import MediaError

_TIME = r"(\d{1,4}):([0-5]?\d):([0-5]?\d)[,.](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?", re.ASCII)
_TAG = re.compile(r"<[^<>]*>|\{[^{}]*\}")


def read_srt(path: Path) -> tuple[Label, ...]:
    """The subtitles of a file, by their start; without their tags.

    Raises:
        MediaError: it cannot be read, has no subtitle, or one that ends before it begins.
    """
    labels: list[Label] = []
    times: tuple[float, float] | None = None
    words: list[str] = []
    for number, line in [*read_lines(path), (0, "0"), (0, "00:00:00,000 --> 00:00:00,000")]:
        match = _TIMES.fullmatch(line)
        if not match:
            words.append(_TAG.sub("", line).strip())
            continue
        if times is not None:
            if words and words[-1].isdecimal():  # the number of the next one, which some programs leave out
                words.pop()
            labels.append(Label(*times, " ".join(words).strip()))
        start, end = _seconds(*match.groups()[:4]), _seconds(*match.groups()[4:])
        if end < start:
            raise MediaError(f"{path}: line {number} ends before it begins")
        times, words = (start, end), []
    if not labels:
        raise MediaError(f"{path}: has no subtitle; one is a number, a line 00:00:01,500 --> 00:00:04,000, and a text")
    return tuple(sorted(labels, key=lambda label: label.start))


def _seconds(hours: str, minutes: str, seconds: str, thousandths: str) -> float:
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths.ljust(3, "0")) / 1000
