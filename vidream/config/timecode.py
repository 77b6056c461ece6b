"""Time code, HH:MM:SS:FF, as SMPTE ST 12-1 counts frames: drop frame and non-drop frame."""

import re
from dataclasses import dataclass
from fractions import Fraction

from vidream.text import figure

DAY = 24
"""Hours; then it starts again from 00:00:00:00."""
DROPPING = (Fraction(30000, 1001), Fraction(60000, 1001))
"""Frames a second, 29.97 and 59.94, at which drop frame skips numbers so that they keep up with the clock."""
DROPPED = Fraction(1, 15)
"""Share of a second's numbers that drop frame skips at the start of each minute but every tenth."""
FASTEST = 240
"""The most frames a second that a time code in .mov and .mp4 can count."""


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
    """Whether it is drop frame, written with a semicolon; at 29.97 and 59.94 frames a second only."""

    def __str__(self) -> str:
        separator = ";" if self.drop else ":"
        return f"{self.hours:02d}:{self.minutes:02d}:{self.seconds:02d}{separator}{self.frames:02d}"

    def fault(self, fps: Fraction) -> str:
        """Why no frame can have this time code at a rate of `fps` frames a second; "" if one can."""
        nominal = nominal_rate(fps)
        if nominal > FASTEST:
            return f"no time code counts {figure(float(fps))} frames a second; {FASTEST} at most"
        if self.drop and fps not in DROPPING:
            return f"drop frame (;) is for 29.97 and 59.94 frames a second, not for {figure(float(fps))}; write a colon"
        if self.frames >= nominal:
            return f"at {figure(float(fps))} frames a second the last frame of a second is {nominal - 1:02d}"
        if self.drop and self.minutes % 10 and not self.seconds and self.frames < nominal * DROPPED:
            return f"drop frame skips this number; the next that exists ends in {int(nominal * DROPPED):02d}"
        return ""

    def _dropped(self, fps: Fraction) -> int:
        return int(nominal_rate(fps) * DROPPED) if self.drop else 0

    def number(self, fps: Fraction) -> int:
        """Frames from 00:00:00:00 to this time code at a rate at which it has no fault."""
        minutes = self.hours * 60 + self.minutes
        counted = (minutes * 60 + self.seconds) * nominal_rate(fps) + self.frames
        return counted - self._dropped(fps) * (minutes - minutes // 10)

    def later(self, count: int, fps: Fraction) -> "Timecode":
        """The time code `count` frames later, at a rate at which this one has no fault; 24:00:00:00 is 00:00:00:00."""
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
        """The same moment of the same second at another rate; drop frame stays if the new rate allows it.

        Args:
            fps: the new rate, frames a second.
            previous: the rate of this time code.
        """
        frames = self.frames * nominal_rate(fps) // nominal_rate(previous)
        return Timecode(self.hours, self.minutes, self.seconds, frames, self.drop and fps in DROPPING)


@dataclass(frozen=True)
class Timecodes:
    """The kind of a knob that holds a Timecode: "01:00:00:00", drop frame "01:00:00;00"."""

    metavar: str = "HH:MM:SS:FF"
    """How help writes the value."""

    def read(self, raw: object) -> Timecode:
        """The time code in a text such as "01:00:00:00". ValueError: it is none."""
        if isinstance(raw, Timecode):
            return raw
        timecode = timecode_of(raw) if isinstance(raw, str) else None
        if timecode is None:
            raise ValueError('must be hours, minutes, seconds and frames, "01:00:00:00"; drop frame "01:00:00;00"')
        return timecode


def nominal_rate(fps: Fraction) -> int:
    """The whole number of frames that a time code counts in a second: 30 at 29.97."""
    return max(1, round(fps))


def timecode_of(text: str) -> Timecode | None:
    """The time code in a text; None if it is none. Some files write drop frame with a point."""
    match = re.fullmatch(r"(\d{1,2}):(\d{1,2}):(\d{1,2})([:;.])(\d{1,3})", text.strip(), re.ASCII)
    if match is None:
        return None
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    if hours >= DAY or minutes >= 60 or seconds >= 60:
        return None
    return Timecode(hours, minutes, seconds, frames, match[4] != ":")
