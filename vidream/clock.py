"""What turns frames of the output into times, and back: frames, seconds and, where there is music, beats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

Unit = Literal["frames", "seconds", "beats"]
UNITS: Mapping[Unit, str] = {"frames": "", "seconds": "s", "beats": "b"}
MARKS = ("beats", "bars", "sections")
"""What music can be counted by."""
FOLLOWED = (*MARKS, "onset", "loudness", "low", "mid", "high", "percussive", "harmonic")
"""What of music can be followed."""


class Score(Protocol):
    """What is known of the music, for a film of a certain frame rate."""

    def beat(self, second: float) -> float:
        """How many beats there have been after the first; it rises with time, evenly between beats."""

    def second(self, beat: float) -> float:
        """The other way round."""

    def marks(self, name: str) -> Sequence[float]:
        """Seconds, rising, at which each of MARKS falls."""

    def level(self, name: str, attack: float | None, release: float | None, frame: int) -> float:
        """How strong one of FOLLOWED is at a frame of the output, 0..1.

        attack, release: seconds of rising before, and of falling after; None: as suits it.
        """


@dataclass(frozen=True)
class Clock:
    """fps: of the output, exact; score: None where there is no music."""

    fps: Fraction
    score: Score | None = None

    def place(self, frame: float, unit: Unit) -> float:
        """A frame, counted in a unit from the start; in beats from the first."""
        if unit == "frames":
            return frame
        second = frame / float(self.fps)
        return second if unit == "seconds" else self.music.beat(second)

    def frame(self, place: float, unit: Unit) -> float:
        """The other way round."""
        if unit == "frames":
            return place
        return (place if unit == "seconds" else self.music.second(place)) * float(self.fps)

    @property
    def music(self) -> Score:
        assert self.score is not None, "configure lets nothing that needs music in where there is none"
        return self.score


START = Clock(Fraction(1))
"""For what has no time: a picture is as things are at its beginning."""


@dataclass(frozen=True)
class Time:
    """A place in time, or a length of it."""

    value: float
    unit: Unit

    @property
    def musical(self) -> bool:
        return self.unit == "beats"

    def __str__(self) -> str:
        return f"{self.value:g}{UNITS[self.unit]}"


class Silence:
    """A Score in which nothing is to be heard: beats are counted at 120 a minute."""

    def beat(self, second: float) -> float:
        return second * 2

    def second(self, beat: float) -> float:
        return beat / 2

    def marks(self, name: str) -> Sequence[float]:
        return ()

    def level(self, name: str, attack: float | None, release: float | None, frame: int) -> float:
        return 0.0
