"""Marks of a film, its shots and what is heard in it, as files that editors read.

An EDL is one of CMX 3600: an event for each shot, each other mark a comment, `* LOC:`, of the event in which it lies. A
table and labels of Audacity have a line for each mark.
"""

import csv
import io
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from vidream.config.timecode import Timecode
from vidream.events import warn
from vidream.text import printable

SHOT, SECTION, BAR, BEAT = KINDS = "shot", "section", "bar", "beat"
"""What a mark may be of."""

COLOURS: Mapping[str, str] = {SHOT: "CYAN", SECTION: "RED", BAR: "YELLOW", BEAT: "GREEN"}
"""Of each kind, in editors that show one."""

MOST_EVENTS = 999
"""Of an EDL, which numbers them with three figures."""


@dataclass(frozen=True)
class Mark:
    """A frame of a film that has a name."""

    frame: int
    """Its number, from 0."""
    kind: str
    """One of KINDS."""
    name: str
    """Its own among the film's: "bar 12"."""


@dataclass(frozen=True)
class MarkedFilm:
    """A film, and its marks."""

    out: Path
    """Its file, or the pattern of its pictures."""
    fps: Fraction
    """Frames a second, exact."""
    frames: int
    """How many it has."""
    begins: Timecode
    """The time code of its first frame."""
    marks: tuple[Mark, ...]
    """By their frames; a shot's is its first frame."""

    @property
    def shots(self) -> list[tuple[int, int]]:
        """The first frame of each shot, and the one after its last."""
        firsts = [mark.frame for mark in self.marks if mark.kind == SHOT] or [0]
        return list(zip(firsts, [*firsts[1:], self.frames], strict=True))

    def seconds(self, frame: int) -> float:
        """A frame's time, from the film's start."""
        return float(frame / self.fps)

    def timecode(self, frame: int) -> Timecode:
        """A frame's time code."""
        return self.begins.later(frame, self.fps)


def table(film: MarkedFilm) -> str:
    """A line for each mark: its frame from 0, seconds from the start, time code, kind and name."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["frame", "seconds", "timecode", "kind", "name"])
    for mark in film.marks:
        seconds = f"{film.seconds(mark.frame):.6f}"
        rows.writerow([mark.frame, seconds, film.timecode(mark.frame), mark.kind, mark.name])
    return text.getvalue()


def labels(film: MarkedFilm) -> str:
    """Labels of Audacity: seconds, the same again, and the name, with tabs between."""
    seconds = ((f"{film.seconds(mark.frame):.6f}", mark.name) for mark in film.marks)
    return "".join(f"{second}\t{second}\t{name}\n" for second, name in seconds)


def edl(film: MarkedFilm) -> str:
    """An edit decision list, of the film itself: an event for each of its shots."""
    shots = film.shots
    if len(shots) > MOST_EVENTS:
        warn(f"its EDL has {len(shots)} events; some editors read {MOST_EVENTS} at most", film.out)
    return "\n".join(_edl_lines(film, shots)) + "\n"


def _edl_lines(film: MarkedFilm, shots: list[tuple[int, int]]) -> Iterator[str]:
    name = printable(film.out.name)
    yield f"TITLE: {name[:70]}"
    yield "FCM: DROP FRAME" if film.begins.drop else "FCM: NON-DROP FRAME"
    within: dict[int, list[Mark]] = {}
    firsts = [first for first, _ in shots]
    for mark in film.marks:
        if mark.kind != SHOT:
            within.setdefault(bisect_right(firsts, mark.frame) - 1, []).append(mark)
    for number, (first, end) in enumerate(shots):
        part = f"{film.timecode(first)} {film.timecode(end)}"
        yield ""
        yield f"{number + 1:03d}  AX       V     C        {part} {part}"
        yield f"* FROM CLIP NAME: {name}"
        for mark in within.get(number, ()):
            yield f"* LOC: {film.timecode(mark.frame)} {COLOURS[mark.kind]:<7} {mark.name}"
