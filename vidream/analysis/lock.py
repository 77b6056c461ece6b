"""Beats that go on: a lock on what is found again and again in the last seconds of a sound."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from vidream.analysis.samples import Times

FIT = 4.0
"""Seconds of the last beats by which the next ones are foretold: a tempo may drift."""

LEAST = 4
"""Beats by which the next ones are foretold, at least."""

OUTLIER = 0.03
"""Seconds that a beat may be off the others, to count for where they are."""

SAME_STEP, SAME_PHASE = 0.06, 0.2
"""How far beats may be from those that are locked, to be the same: relative in tempo, and of a beat in phase."""

FIRST, PATIENCE = 0.4, 2.0
"""Seconds for which beats must have been found before the lock takes them: where there are none, and over others."""


class Beating(NamedTuple):
    """Even beats."""

    whole: float
    """The moment of one of them, seconds."""
    step: float
    """Seconds from one to the next, over 0."""

    def error(self, other: "Beating") -> float:
        """How much later another's beats fall, of a step of this one, -0.5 to 0.5."""
        return ((other.whole - self.whole) / self.step + 0.5) % 1 - 0.5

    def agrees(self, other: "Beating") -> bool:
        """Whether another's beats are these, but for a drift."""
        return abs(other.step / self.step - 1) < SAME_STEP and abs(self.error(other)) < SAME_PHASE


@dataclass
class BeatLock:
    """Even beats that go on, while what is found wavers: for a moment it may be every other beat, or none."""

    beating: Beating | None = None
    """What is locked; None: nothing yet."""
    _rival: Beating | None = field(default=None, repr=False)
    _since: float = field(default=0.0, repr=False)

    def find(self, now: float, beats: Times) -> Beating | None:
        """Take what was found in the last seconds, and give the beats that go on; None: nothing new.

        Args:
            now: second at which what was searched ends.
            beats: (n,) seconds, rising, all before `now`; n may be 0.
        """
        found = fit(now, beats)
        if found is None:
            return None
        if self.beating is not None and self.beating.agrees(found):
            self.beating, self._rival = found, None
            return found
        if self._rival is None or not self._rival.agrees(found):
            self._since = now
        self._rival = found
        if now - self._since < (FIRST if self.beating is None else PATIENCE):
            return None
        self.beating, self._rival = found, None
        return found


def fit(now: float, beats: Times) -> Beating | None:
    """The even beats that the last of some come nearest to, at the last one; None of too few.

    Args:
        now: second at which what was searched ends.
        beats: (n,) seconds, rising, all before `now`.
    """
    beats = beats[-max(LEAST, int((beats > now - FIT).sum())) :]
    if len(beats) < LEAST:
        return None
    intervals = np.diff(beats)
    step = float(np.median(intervals))
    numbers = np.append(0, np.cumsum(np.maximum(1, np.round(intervals / step))))
    start = float(np.median(beats - step * numbers))
    for _ in range(3):
        off = np.abs(start + step * numbers - beats)
        near = off <= max(OUTLIER, float(np.median(off)))
        step, start = np.polyfit(numbers[near], beats[near], 1).tolist()
    return Beating(start + step * float(numbers[-1]), step)
