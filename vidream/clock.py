"""What turns frames of the output into times, and back: frames, seconds and, where there is music, beats."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

from vidream.text import figure

Unit = Literal["frames", "seconds", "beats"]
UNITS: Mapping[Unit, str] = {"frames": "", "seconds": "s", "beats": "b"}
"""A unit -> how it is written after a number."""

MARKS = ("beats", "bars", "sections")
"""What music can be counted by."""

FOLLOWED = (*MARKS, "onset", "loudness", "low", "mid", "high", "percussive", "harmonic")
"""What of music can be followed."""

SAID: Mapping[str, str] = {
    **dict.fromkeys(("bass", "basses", "lows", "sub", "kick"), "low"),
    **dict.fromkeys(("mids", "middle", "middles"), "mid"),
    **dict.fromkeys(("treble", "trebles", "highs", "hats", "hihat", "hi-hat", "cymbals"), "high"),
    **dict.fromkeys(("drum", "drums", "percussion", "snare"), "percussive"),
    **dict.fromkeys(("voice", "voices", "vocals", "chords", "harmony", "melody"), "harmonic"),
    **dict.fromkeys(("volume", "level", "energy", "amplitude", "rms"), "loudness"),
    **dict.fromkeys(("onsets", "attack", "hits", "transients"), "onset"),
}
"""What musicians call what can be followed -> its name."""


class Score(Protocol):
    """What is known of the music, for a film of a certain frame rate."""

    def beat(self, second: float) -> float:
        """How many beats there have been after the first; it rises with time, evenly between beats."""

    def second(self, beat: float) -> float:
        """The second at which so many beats have been after the first."""

    def marks(self, name: str) -> Sequence[float]:
        """The seconds, rising, at which the beats, bars or sections fall. name: one of MARKS."""

    def level(self, name: str, attack: float | None, release: float | None, frame: int) -> float:
        """How strong something is in the music, 0..1.

        Args:
            name: one of FOLLOWED.
            attack: seconds of rising before; None: as suits it.
            release: seconds of falling after; None: as suits it.
            frame: of the output.
        """


@dataclass(frozen=True)
class Driver:
    """What of a file a curve follows."""

    name: str
    """Of a sound one of FOLLOWED; of a MIDI file "notes"; of a table a column."""

    file: str
    """Its path."""

    channel: int | None = None
    """1..16: of a MIDI file, whose notes count; None: all."""

    pitch: tuple[int, int] | None = None
    """The lowest and the highest note of a MIDI file that count, 0..127; None: all."""

    def __str__(self) -> str:
        parts = [] if self.channel is None else [f"channel {self.channel}"]
        if self.pitch is not None:
            parts.append(f"pitch {self.pitch[0]} to {self.pitch[1]}")
        return " ".join([self.name, *parts, "of", re.split(r"[\\/]", self.file)[-1]])


class Drivers(Protocol):
    """The files that the curves of a film follow."""

    def level(self, driver: Driver, attack: float | None, release: float | None, frame: int) -> float:
        """How strong something is in a file, 0..1.

        Args:
            driver: the file, and what of it.
            attack: seconds of rising before; None: as suits it.
            release: seconds of falling after; None: as suits it.
            frame: of the output.
        """


@dataclass(frozen=True)
class Clock:
    """Frames of the output as times, and times as frames."""

    fps: Fraction
    """Frames of the output a second, exact."""

    score: Score | None = None
    """None where there is no music."""

    drivers: Drivers | None = None
    """None where no curve follows a file."""

    def place(self, frame: float, unit: Unit) -> float:
        """A frame as a time, in a unit from the start; in beats from the first."""
        if unit == "frames":
            return frame
        second = frame / float(self.fps)
        if unit == "seconds":
            return second
        return self.music.beat(second)

    def frame(self, place: float, unit: Unit) -> float:
        """A time, in a unit from the start, as a frame; of beats, from the first."""
        if unit == "frames":
            return place
        second = place
        if unit == "beats":
            second = self.music.second(place)
        return second * float(self.fps)

    @property
    def music(self) -> Score:
        """The score, where there must be one."""
        assert self.score is not None, "configure lets nothing that needs music in where there is none"
        return self.score

    @property
    def files(self) -> Drivers:
        """The drivers, where there must be some."""
        assert self.drivers is not None, "whoever makes a plan opens the files that its curves follow"
        return self.drivers


START = Clock(Fraction(1))
"""Of a picture, which has no time: every curve is as at its beginning."""


@dataclass(frozen=True)
class Time:
    """A place in time, or a length of it."""

    value: float
    """In the unit."""

    unit: Unit
    """What it is counted in."""

    @property
    def musical(self) -> bool:
        """Whether it needs music."""
        return self.unit == "beats"

    def __str__(self) -> str:
        return f"{figure(self.value)}{UNITS[self.unit]}"


@dataclass(frozen=True)
class Marker(Time):
    """A moment that a file of markers names; its value is not known until vidream.jobs.markers has looked it up."""

    name: str = ""
    """Of the marker."""

    def __str__(self) -> str:
        return f"@{self.name}"


class Silence:
    """A Score in which nothing is to be heard: beats are counted at 120 a minute."""

    def beat(self, second: float) -> float:
        """Two a second."""
        return second * 2

    def second(self, beat: float) -> float:
        """Half a second for each beat."""
        return beat / 2

    def marks(self, name: str) -> Sequence[float]:
        """None."""
        return ()

    def level(self, name: str, attack: float | None, release: float | None, frame: int) -> float:
        """0."""
        return 0.0


class Stillness:
    """Drivers in which nothing ever happens."""

    def level(self, driver: Driver, attack: float | None, release: float | None, frame: int) -> float:
        """0."""
        return 0.0
