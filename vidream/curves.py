"""Numbers over time: what a numeric knob may hold instead of a number. vidream.notation says how they are written."""

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from vidream.clock import Clock, Driver, Marker, Time

AT_ONCE = Time(0, "frames")
"""No time at all: how long a change takes that is not faded."""

HALF = 0.5
"""Frames: what falls between two belongs to the nearer."""

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
        """Its value at a moment.

        Args:
            frame: of the output; it may lie between two.
            clock: what turns frames into seconds and beats.
        """

    @property
    @abstractmethod
    def span(self) -> tuple[float, float]:
        """The lowest and the highest value that it may come to."""


@dataclass(frozen=True)
class Constant(Curve):
    """A number among curves."""

    value: float
    """At every moment."""

    def at(self, frame: float, clock: Clock) -> float:
        return self.value

    @property
    def span(self) -> tuple[float, float]:
        return self.value, self.value


@dataclass(frozen=True)
class Keys(Curve):
    """From key to key; before the first and after the last it stays."""

    times: tuple[Time, ...]
    """Of the keys: rising, all in one unit."""

    values: tuple[float, ...]
    """At the keys, one for each time."""

    ease: str = "linear"
    """How it goes from one to the next: a name in EASES."""

    def at(self, frame: float, clock: Clock) -> float:
        place = clock.place(frame, self.times[0].unit)
        index = bisect_right(self.times, place, key=lambda time: time.value)
        if index in (0, len(self.times)):
            return self.values[max(0, index - 1)]
        start, end = self.times[index - 1].value, self.times[index].value
        low, high = self.values[index - 1 : index + 1]
        return low + (high - low) * EASES[self.ease]((place - start) / (end - start))

    @property
    def musical(self) -> bool:
        return self.times[0].musical

    @property
    def span(self) -> tuple[float, float]:
        return min(self.values), max(self.values)


@dataclass(frozen=True)
class Sine(Curve):
    """A sine over time: mean + amplitude sin(2 pi (t / period + phase))."""

    mean: float
    """What it swings about."""

    amplitude: float
    """How far it swings to either side."""

    period: Time
    """From one crest to the next."""

    phase: float = 0.0
    """In periods: where in its swing it begins."""

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
    """One value after the other, and the first again after the last."""

    values: tuple[float, ...]
    """In their order."""

    every: Time | str
    """How long each lasts; or one of vidream.clock.MARKS, at each of which it changes."""

    fade: Time = AT_ONCE
    """How long a change takes."""

    def at(self, frame: float, clock: Clock) -> float:
        changes, changed = self._last_change(frame, clock)
        current, previous = self.values[changes % len(self.values)], self.values[(changes - 1) % len(self.values)]
        if changes == 0 or self.fade.value == 0:
            return current
        elapsed = clock.place(frame, self.fade.unit) - clock.place(changed, self.fade.unit)
        return previous + (current - previous) * EASES["in-out"](min(1.0, max(0.0, elapsed / self.fade.value)))

    def _last_change(self, frame: float, clock: Clock) -> tuple[int, float]:
        """How often it has changed, and the frame at which it last did."""
        if isinstance(self.every, Time):
            changes = max(0, math.floor(clock.place(frame, self.every.unit) / self.every.value))
            return changes, clock.frame(changes * self.every.value, self.every.unit)
        marks = clock.music.marks(self.every)
        passed = bisect_right(marks, clock.place(frame + HALF, "seconds"))
        if passed == 0:
            return 0, 0.0
        begins_with_one = marks[0] <= clock.place(HALF, "seconds")  # that is no change
        return passed - begins_with_one, clock.frame(marks[passed - 1], "seconds")

    @property
    def span(self) -> tuple[float, float]:
        return min(self.values), max(self.values)

    @property
    def musical(self) -> bool:
        return isinstance(self.every, str) or self.every.musical or self.fade.musical


@dataclass(frozen=True)
class Follow(Curve):
    """How strong something is in the music, or in a file, 0..1; see vidream.clock.Score.level."""

    name: str
    """What of it: of music one of vidream.clock.FOLLOWED."""

    attack: float | None = None
    """Seconds of rising before; None: as suits it."""

    release: float | None = None
    """Seconds of falling after; None: as suits it."""

    driver: Driver | None = None
    """The file that is followed; None: the music."""

    def at(self, frame: float, clock: Clock) -> float:
        """The value at a frame; between two, that of the second: what moves into a beat moves with it."""
        if self.driver is not None:
            return clock.files.level(self.driver, self.attack, self.release, math.ceil(frame))
        return clock.music.level(self.name, self.attack, self.release, math.ceil(frame))

    @property
    def span(self) -> tuple[float, float]:
        return 0.0, 1.0

    @property
    def musical(self) -> bool:
        return self.driver is None


@dataclass(frozen=True)
class Sum(Curve):
    """Curves added together."""

    parts: tuple[Curve, ...]
    """What is added."""

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
    """Curves multiplied with each other."""

    parts: tuple[Curve, ...]
    """What is multiplied."""

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
    """A curve to the power of another: of a rate by the second, the rate that is so many times as fast."""

    base: Curve
    """Above 0 at every moment."""

    exponent: Curve
    """How many times as fast."""

    def at(self, frame: float, clock: Clock) -> float:
        return math.pow(self.base.at(frame, clock), self.exponent.at(frame, clock))

    @property
    def span(self) -> tuple[float, float]:
        ends = [math.pow(base, exponent) for base in self.base.span for exponent in self.exponent.span]
        return min(ends), max(ends)

    @property
    def musical(self) -> bool:
        return self.base.musical or self.exponent.musical


def parts_of(curve: Curve) -> Iterator[Curve]:
    """A curve, and all that it is made of."""
    yield curve
    inner: tuple[Curve, ...] = ()
    if isinstance(curve, Sum | Product):
        inner = curve.parts
    elif isinstance(curve, Power):
        inner = curve.base, curve.exponent
    for part in inner:
        yield from parts_of(part)


def rebuilt(curve: Curve, change: Callable[[Curve], Curve]) -> Curve:
    """A curve with everything that it is made of changed, and then itself."""
    if isinstance(curve, Sum | Product):
        curve = replace(curve, parts=tuple(rebuilt(part, change) for part in curve.parts))
    elif isinstance(curve, Power):
        curve = replace(curve, base=rebuilt(curve.base, change), exponent=rebuilt(curve.exponent, change))
    return change(curve)


def drivers_of(curve: Curve) -> Iterator[Driver]:
    """The files that a curve follows."""
    for part in parts_of(curve):
        if isinstance(part, Follow) and part.driver is not None:
            yield part.driver


def markers_of(curve: Curve) -> Iterator[Marker]:
    """The markers at which a curve has keys."""
    for part in parts_of(curve):
        if isinstance(part, Keys):
            yield from (time for time in part.times if isinstance(time, Marker))


def with_markers(curve: Curve, seconds: Callable[[Marker], float]) -> Curve:
    """A curve whose markers are times.

    Args:
        curve: that may have keys at markers.
        seconds: of a marker, from the film's start; before it, less than 0.

    Raises:
        ValueError: keys are out of order then, as the end of a sentence that begins with the knob's name.
    """

    def placed(part: Curve) -> Curve:
        if not isinstance(part, Keys) or not any(isinstance(time, Marker) for time in part.times):
            return part
        times = [replace(time, value=seconds(time)) if isinstance(time, Marker) else time for time in part.times]
        for previous, time in pairwise(times):
            if time.value <= previous.value:
                raise ValueError(
                    f"has keys out of order: {time}, at {time.value:.2f} s of the film, after {previous}, at "
                    f"{previous.value:.2f} s"
                )
        return replace(part, times=tuple(Time(time.value, time.unit) for time in times))

    return rebuilt(curve, placed)
