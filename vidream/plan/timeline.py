"""Which frame of a source each output frame shows, and for how long."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from vidream.frames import Frame


@dataclass(frozen=True)
class Timeline:
    """Which source frame each output frame shows: the nearest in time, the earlier of two that are equally near."""

    source: Fraction
    """Frames a second of the source, exact."""
    output: Fraction
    """Frames a second of the output, exact."""
    start: Fraction = Fraction(0)
    """Seconds of the source before the output's first frame."""
    end: Fraction | None = None
    """Seconds of the source at which the output ends; None: with the source's last frame."""

    @classmethod
    def of_part(
        cls, source: Fraction, count: int | None, output: Fraction, start: Fraction, end: Fraction | None
    ) -> "Timeline":
        """From the source frame nearest to `start`, so that picture and sound begin at that frame's own time.

        Args:
            source: frames a second of the source.
            count: frames of the source; None where that is not known.
            output: frames a second of the output.
            start: seconds of the source.
            end: seconds of the source; None: to its last frame.
        """
        nearest = ceil(start * source - Fraction(1, 2))
        if count is not None and start < count / source:
            nearest = min(nearest, count - 1)
        first = max(0, nearest) / source
        if end is not None:
            end = end - start + first
        return cls(source, output, first, end)

    def first(self, index: int) -> int:
        """The first output frame that shows source frame `index` or a later one."""
        return max(0, floor(((index - Fraction(1, 2)) / self.source - self.start) * self.output) + 1)

    @property
    def first_index(self) -> int:
        """The number of the source frame that the output begins with."""
        return floor(self.start * self.source)

    @property
    def limit(self) -> int | None:
        """The most output frames that there may be, set by `end`; None: no limit."""
        if self.end is None:
            return None
        return max(0, _nearest((self.end - self.start) * self.output))

    def count(self, source_count: int) -> int:
        """Output frames in all, of a source with so many frames: its duration, at most the limit.

        Any frame that is left of the source is shown at least once. The last one is shown until the duration is full;
        the ones before it, until the next begins.
        """
        duration = Fraction(source_count) / self.source - self.start
        if duration <= 0:
            return 0
        full = max(1, self.first(source_count - 1), _nearest(duration * self.output))
        if self.limit is None:
            return full
        return min(full, self.limit)

    def hold(self, frames: Iterable[tuple[int, Frame]], *, merge: bool) -> Iterator[tuple[int, Frame, int]]:
        """(number, frame, how many output frames show it) of each source frame that is shown.

        Args:
            frames: (number, frame), from `first_index` or a later one on.
            merge: a frame that repeats the one before is not yielded; that one is held for longer. Without, and at the
                source's own rate, each frame is yielded before the next one is asked for.
        """
        if not merge and self.output == self.source:
            yield from self._one_by_one(frames)
            return
        last: tuple[int, Frame] | None = None
        end, index = 0, -1
        for index, frame in frames:
            if self.limit is not None and self.first(index) >= self.limit:
                end = self.limit
                break
            if last is not None and merge and _is_same(frame, last[1]):
                continue
            if last is not None:
                yield from self._held(*last, self.first(index))
            last = index, frame
        else:
            end = self.count(index + 1)
        if last is not None:
            yield from self._held(*last, end)

    def _one_by_one(self, frames: Iterable[tuple[int, Frame]]) -> Iterator[tuple[int, Frame, int]]:
        """At the source's own rate: each frame is shown once, and nothing of the next needs to be known."""
        for index, frame in frames:
            if self.limit is not None and self.first(index) >= self.limit:
                return
            yield index, frame, 1

    def _held(self, index: int, frame: Frame, end: int) -> Iterator[tuple[int, Frame, int]]:
        """A frame until output frame `end`; nothing if no output frame shows it."""
        hold = end - self.first(index)
        if hold > 0:
            yield index, frame, hold


def _is_same(frame: Frame, other: Frame) -> bool:
    """Whether two frames show the same."""
    if not np.array_equal(frame.samples, other.samples):
        return False
    if frame.alpha is None or other.alpha is None:
        return frame.alpha is other.alpha
    return np.array_equal(frame.alpha, other.alpha)


def _nearest(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))
