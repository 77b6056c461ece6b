"""What is told of a live dream by the frames that it showed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

LONGEST_GAP = 0.1
"""Seconds between two shown frames, under which 99 of 100 gaps are to be."""


@dataclass(frozen=True)
class Sight:
    """A frame as somebody saw it."""

    second: float
    """When it was shown."""
    number: int | None
    """The counter in it; None: it could not be read."""


@dataclass(frozen=True)
class Pace:
    """How evenly frames were shown. One with the counter of the frame before is no shown frame."""

    rate: float
    """Frames a second."""
    short: float
    """Share of the gaps that are under LONGEST_GAP."""
    gap: float
    """Seconds, under which 99 of 100 gaps are."""
    longest: float
    """Seconds of the longest gap."""
    repeated: int
    """Frames that were no shown frames."""
    unread: int
    """Frames whose counter could not be read."""


def pace(sights: Sequence[Sight]) -> Pace:
    """The pace of at least two shown frames."""
    new = list(_new(sights))
    seconds = np.array([sight.second for sight in new])
    gaps = np.diff(seconds)
    return Pace(
        rate=len(gaps) / float(seconds[-1] - seconds[0]),
        short=float((gaps < LONGEST_GAP).mean()),
        gap=float(np.quantile(gaps, 0.99, method="higher")),
        longest=float(gaps.max()),
        repeated=len(sights) - len(new),
        unread=sum(sight.number is None for sight in sights),
    )


def _new(sights: Sequence[Sight]) -> Iterator[Sight]:
    """Those whose counter is not that of the one before; what cannot be read counts as new."""
    before: int | None = None
    for sight in sights:
        if sight.number is None or sight.number != before:
            yield sight
        before = sight.number
