"""Time code: the number that each frame of a film has, as SMPTE ST 12 counts them, and how it is read."""

import re
from dataclasses import dataclass
from fractions import Fraction

DAY = 24
"""Hours, after which it begins anew."""
DROPPING = (Fraction(30000, 1001), Fraction(60000, 1001))
"""Frames a second at which numbers may be dropped, so that the count keeps up with the clock."""
DROPPED = Fraction(1, 15)
"""Of a second's numbers, how many the first second of a minute does not have; of every tenth minute it has all."""
FASTEST = 240
"""Frames a second at most that the time code of .mov and .mp4 can count."""


@dataclass(frozen=True)
class Timecode:
    """The time code of a frame."""

    hours: int
    """0 to 23."""
    minutes: int
    """0 to 59."""
    seconds: int
    """0 to 59."""
    frames: int
    """The number of the frame in its second, from 0."""
    drop: bool = False
    """Whether numbers are dropped, at 29.97 and 59.94 frames a second; written with a semicolon."""

    def __str__(self) -> str:
        separator = ";" if self.drop else ":"
        return f"{self.hours:02d}:{self.minutes:02d}:{self.seconds:02d}{separator}{self.frames:02d}"

    def fault(self, fps: Fraction) -> str:
        """Why no frame has this time code at a rate, frames a second; "" where one has."""
        nominal = nominal_rate(fps)
        if nominal > FASTEST:
            return f"no time code counts {float(fps):g} frames a second; {FASTEST} at most"
        if self.drop and fps not in DROPPING:
            return f"numbers are dropped (;) at 29.97 and 59.94 frames a second alone, not at {float(fps):g}"
        if self.frames >= nominal:
            return f"at {float(fps):g} frames a second the last frame of a second is {nominal - 1:02d}"
        if self.drop and self.minutes % 10 and not self.seconds and self.frames < nominal * DROPPED:
            return "this number is one of those that are dropped"
        return ""

    def _dropped(self, fps: Fraction) -> int:
        return int(nominal_rate(fps) * DROPPED) if self.drop else 0

    def number(self, fps: Fraction) -> int:
        """How many frames after 00:00:00:00 it is, at a rate at which it has no fault."""
        minutes = self.hours * 60 + self.minutes
        counted = (minutes * 60 + self.seconds) * nominal_rate(fps) + self.frames
        return counted - self._dropped(fps) * (minutes - minutes // 10)

    def later(self, count: int, fps: Fraction) -> "Timecode":
        """The time code of the frame that comes so many later, at a rate at which this one has no fault."""
        nominal, dropped = nominal_rate(fps), self._dropped(fps)
        number = self.number(fps) + count
        ten = 10 * 60 * nominal - 9 * dropped
        number %= 6 * DAY * ten
        tens, rest = divmod(number, ten)
        skipped = 9 * tens * dropped
        if dropped and rest >= 60 * nominal:
            skipped += dropped * (1 + (rest - 60 * nominal) // (60 * nominal - dropped))
        seconds, frames = divmod(number + skipped, nominal)
        return Timecode(seconds // 3600, seconds // 60 % 60, seconds % 60, frames, self.drop)

    def counted_at(self, fps: Fraction, previous: Fraction) -> "Timecode":
        """The same moment of the same second, in frames of another rate; numbers are dropped where both rates allow it.

        Args:
            fps: the new rate, frames a second.
            previous: the rate that this one counts.
        """
        frames = self.frames * nominal_rate(fps) // nominal_rate(previous)
        return Timecode(self.hours, self.minutes, self.seconds, frames, self.drop and fps in DROPPING)


@dataclass(frozen=True)
class Timecodes:
    """`01:00:00:00`; with a semicolon before the frames where numbers are dropped: see Timecode."""

    metavar: str = "HH:MM:SS:FF"
    """How help writes the value."""

    def read(self, raw: object) -> Timecode:
        """A text such as "01:00:00:00"."""
        if isinstance(raw, Timecode):
            return raw
        timecode = timecode_of(raw) if isinstance(raw, str) else None
        if timecode is None:
            raise ValueError('must be hours, minutes, seconds and frames, "01:00:00:00"; drop frame "01:00:00;00"')
        return timecode


def nominal_rate(fps: Fraction) -> int:
    """How many numbers a second has, of a rate in frames a second: 30 at 29.97."""
    return max(1, round(fps))


def timecode_of(text: str) -> Timecode | None:
    """A time code as it is written; None where that is none. A point stands for a semicolon in some files."""
    match = re.fullmatch(r"(\d{1,2}):(\d{1,2}):(\d{1,2})([:;.])(\d{1,3})", text.strip(), re.ASCII)
    if match is None:
        return None
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    if hours >= DAY or minutes >= 60 or seconds >= 60:
        return None
    return Timecode(hours, minutes, seconds, frames, match[4] != ":")
