"""Numbers over time: what a numeric knob may hold instead of a number. vidream.notation says how they are written."""

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vidream.clock import Clock, Time

AT_ONCE = Time(0, "frames")
HALF = 0.5  # frame: what falls between two belongs to the nearer

Ease = Callable[[float], float]
EASES: Mapping[str, Ease] = {
    "linear": lambda u: u,
    "in": lambda u: u * u,
    "out": lambda u: u * (2 - u),
    "in-out": lambda u: u * u * (3 - 2 * u),
    "hold": lambda u: 0.0,
}
"""How a curve goes from one key to the next: 0..1 of the way in time -> 0..1 of the way in value."""


class Curve(ABC):
    """A number that moves."""

    @property
    def musical(self) -> bool:
        """Whether it needs music."""
        return False

    @abstractmethod
    def at(self, frame: float, clock: Clock) -> float:
        """Its value at a frame of the output; between frames too."""

    @property
    @abstractmethod
    def span(self) -> tuple[float, float]:
        """The lowest and the highest that it may come to."""


@dataclass(frozen=True)
class Constant(Curve):
    """A number among curves."""

    value: float

    def at(self, frame: float, clock: Clock) -> float:
        return self.value

    @property
    def span(self) -> tuple[float, float]:
        return self.value, self.value


@dataclass(frozen=True)
class Keys(Curve):
    """From key to key; times rise, all in one unit."""

    times: tuple[Time, ...]
    values: tuple[float, ...]
    ease: str = "linear"

    def at(self, frame: float, clock: Clock) -> float:
        place = clock.place(frame, self.times[0].unit)
        after = bisect_right(self.times, place, key=lambda time: time.value)
        if after in (0, len(self.times)):
            return self.values[max(0, after - 1)]
        start, end = self.times[after - 1].value, self.times[after].value
        low, high = self.values[after - 1 : after + 1]
        return low + (high - low) * EASES[self.ease]((place - start) / (end - start))

    @property
    def musical(self) -> bool:
        return self.times[0].musical

    @property
    def span(self) -> tuple[float, float]:
        return min(self.values), max(self.values)


@dataclass(frozen=True)
class Sine(Curve):
    """mean + amplitude sin(2 pi (t / period + phase)); phase in periods."""

    mean: float
    amplitude: float
    period: Time
    phase: float = 0.0

    def at(self, frame: float, clock: Clock) -> float:
        turns = (clock.place(frame, self.period.unit) / self.period.value) % 1 + self.phase % 1
        return self.mean + self.amplitude * math.sin(2 * math.pi * turns)

    @property
    def musical(self) -> bool:
        return self.period.musical

    @property
    def span(self) -> tuple[float, float]:
        return self.mean - abs(self.amplitude), self.mean + abs(self.amplitude)


@dataclass(frozen=True)
class Cycle(Curve):
    """One value after the other, and the first again after the last.

    every  how long each lasts; or one of MARKS, at each of which it changes
    fade   how long a change takes, from then on
    """

    values: tuple[float, ...]
    every: Time | str
    fade: Time = AT_ONCE

    def at(self, frame: float, clock: Clock) -> float:
        number, since = self._changed(frame, clock)
        now, before = self.values[number % len(self.values)], self.values[(number - 1) % len(self.values)]
        if number == 0 or self.fade.value == 0:
            return now
        gone = clock.place(frame, self.fade.unit) - clock.place(since, self.fade.unit)
        return before + (now - before) * EASES["in-out"](min(1.0, max(0.0, gone / self.fade.value)))

    def _changed(self, frame: float, clock: Clock) -> tuple[int, float]:
        """How often it has changed, and the frame at which it last did."""
        if isinstance(self.every, Time):
            number = max(0, math.floor(clock.place(frame, self.every.unit) / self.every.value))
            return number, clock.frame(number * self.every.value, self.every.unit)
        marks = clock.music.marks(self.every)
        number = bisect_right(marks, clock.place(frame + HALF, "seconds"))
        first = bool(marks) and marks[0] <= clock.place(HALF, "seconds")  # the music begins with it: no change
        return number - first, clock.frame(marks[number - 1], "seconds") if number else 0.0

    @property
    def span(self) -> tuple[float, float]:
        return min(self.values), max(self.values)

    @property
    def musical(self) -> bool:
        return isinstance(self.every, str) or self.every.musical or self.fade.musical


@dataclass(frozen=True)
class Follow(Curve):
    """How strong something is in the music, 0..1; see Score.level."""

    name: str
    attack: float | None = None
    release: float | None = None

    def at(self, frame: float, clock: Clock) -> float:
        """Between two frames it is what it is at the second: what moves into a beat moves with it."""
        return clock.music.level(self.name, self.attack, self.release, math.ceil(frame))

    @property
    def span(self) -> tuple[float, float]:
        return 0.0, 1.0

    @property
    def musical(self) -> bool:
        return True


@dataclass(frozen=True)
class Sum(Curve):
    """The sum of several curves."""

    parts: tuple[Curve, ...]

    def at(self, frame: float, clock: Clock) -> float:
        return math.fsum(part.at(frame, clock) for part in self.parts)

    @property
    def musical(self) -> bool:
        return any(part.musical for part in self.parts)

    @property
    def span(self) -> tuple[float, float]:
        lows, highs = zip(*(part.span for part in self.parts), strict=True)
        return sum(lows), sum(highs)


@dataclass(frozen=True)
class Product(Curve):
    """The product of several curves."""

    parts: tuple[Curve, ...]

    def at(self, frame: float, clock: Clock) -> float:
        return math.prod(part.at(frame, clock) for part in self.parts)

    @property
    def musical(self) -> bool:
        return any(part.musical for part in self.parts)

    @property
    def span(self) -> tuple[float, float]:
        low, high = 1.0, 1.0
        for part in self.parts:
            ends = [end * other for end in (low, high) for other in part.span]
            low, high = min(ends), max(ends)
        return low, high


@dataclass(frozen=True)
class Power(Curve):
    """base to the power of exponent; the base is above 0. A rate by the second, so many times as fast."""

    base: Curve
    exponent: Curve

    def at(self, frame: float, clock: Clock) -> float:
        return math.pow(self.base.at(frame, clock), self.exponent.at(frame, clock))

    @property
    def span(self) -> tuple[float, float]:
        ends = [math.pow(base, exponent) for base in self.base.span for exponent in self.exponent.span]
        return min(ends), max(ends)

    @property
    def musical(self) -> bool:
        return self.base.musical or self.exponent.musical
