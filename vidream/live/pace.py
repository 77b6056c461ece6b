"""A count that rises with time, evenly but for corrections: beats over seconds, bars over beats."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import overload

MOST_KNOTS = 1024
"""Corrections that are known exactly; of older ones every other is forgotten, so that memory stays flat."""

SLOWEST, FASTEST = 0.5, 2.0
"""Times its own pace at which it may go while it is corrected."""

LEAST_WAY = 0.25
"""Of a step: what is left to the next count, at least, for a correction to be done by then."""

INSTANT = 1e-6
"""Seconds, or beats, in which what is set at once goes up."""


class Pace:
    """A count over places in time; it never falls, and what has been counted stays."""

    def __init__(self, place: float, count: float, step: float) -> None:
        """Have `count` at a place, one more each `step` after it, and one less each `step` before it."""
        self.step = step
        self._knots = [(place, count)]
        self._first_step = step

    def count(self, place: float) -> float:
        """What is counted at a place; between two whole ones a part of one."""
        index = bisect_right(self._knots, place, key=itemgetter(0))
        if index == 0:
            first, least = self._knots[0]
            return least - (first - place) / self._first_step
        begin, low = self._knots[index - 1]
        if index == len(self._knots):
            return low + (place - begin) / self.step
        end, high = self._knots[index]
        return low + (high - low) * (place - begin) / (end - begin)

    def place(self, count: float) -> float:
        """Where so much is counted: the inverse of `count`."""
        index = bisect_right(self._knots, count, key=itemgetter(1))
        if index == 0:
            first, least = self._knots[0]
            return first - (least - count) * self._first_step
        begin, low = self._knots[index - 1]
        if index == len(self._knots):
            return begin + (count - low) * self.step
        end, high = self._knots[index]
        return begin + (end - begin) * (count - low) / (high - low)

    def correct(self, place: float, whole: float, step: float) -> None:
        """Go on so that a whole number falls on `whole`, and on each `step` after it.

        The next whole number is where it is wanted if the count can get there at SLOWEST to FASTEST times its pace,
        or else as soon as that allows.

        Args:
            place: from which on it goes otherwise.
            whole: a place, before it or after, at which a whole number shall fall.
            step: over 0.
        """
        count = self.count(place)
        wanted = (place - whole) / step  # but for a whole number
        error = (wanted - count + 0.5) % 1 - 0.5
        self._cut(place, count)
        self.step = step
        if abs(error) < 1e-6:
            return
        way = 1 - (count + error) % 1
        if way < LEAST_WAY:
            way += 1
        speed = min(FASTEST, max(SLOWEST, 1 + error / way))
        way = error / (speed - 1)
        self._knots.append((place + way * step, count + speed * way))

    def shift(self, place: float, by: float) -> None:
        """From a place on, let every count fall `by` later; earlier, where it is negative, by up to half a step."""
        self.correct(place, self.place(round(self.count(place))) + by, self.step)

    def set(self, place: float, count: float, step: float) -> None:
        """From a place on, count evenly from `count`, at once; it is no less than what is counted there."""
        before = place - INSTANT
        self._cut(before, self.count(before))
        if count > self.count(place):
            self._knots.append((place, count))
        self.step = step

    def _cut(self, place: float, count: float) -> None:
        """Forget what was to come after a place."""
        del self._knots[bisect_right(self._knots, place, key=itemgetter(0)) :]
        if not self._knots:
            self._first_step = self.step
        if not self._knots or self._knots[-1] < (place, count):
            self._knots.append((place, count))
        if len(self._knots) > MOST_KNOTS:
            half = len(self._knots) // 2
            self._knots[1:half] = self._knots[1:half:2]


class Wholes(Sequence[float]):
    """The places of some whole numbers in a row, each found when it is asked for."""

    def __init__(self, place: Callable[[int], float], first: int, size: int) -> None:
        """Have the places of `size` whole numbers, from `first` on; size may be less than 1."""
        self._place, self._numbers = place, range(first, first + size)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[float]: ...
    def __getitem__(self, index: int | slice) -> float | Sequence[float]:
        if isinstance(index, slice):
            return [self._place(number) for number in self._numbers[index]]
        return self._place(self._numbers[index])
