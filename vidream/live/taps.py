"""Beats that somebody strikes, by hand or by a clock: where the next ones fall."""

import math
from dataclasses import dataclass, field

import numpy as np

from vidream.analysis.lock import Beating

MOST = 8
"""Beats by which a tempo is told: the last ones."""

LONGEST = 3.0
"""Seconds from one beat to the next, at most; after more, they begin anew."""

SHORTEST = 0.12
"""Seconds from one strike to the next, at least: sooner comes a key that is held down, or a pad that bounces."""

OTHER = 0.25
"""Relative difference of an interval from those before it, from which on the beats begin anew: another tempo."""


@dataclass
class Taps:
    """The last moments at which a beat was struck."""

    moments: list[float] = field(default_factory=list)
    """Seconds, rising; at most MOST."""

    latest: float = -math.inf
    """When the last came, whether it was taken or not."""

    def add(self, moment: float) -> bool:
        """Take another beat, unless it comes within SHORTEST after the last that came, or before it; whether it did."""
        before, self.latest = self.latest, max(self.latest, moment)
        if moment - before < SHORTEST:
            return False
        if self.moments:
            gap = moment - self.moments[-1]
            if gap > LONGEST:
                self.moments.clear()
            elif len(self.moments) > 1 and self._missed(gap) is None:
                del self.moments[:-1]
        self.moments = [*self.moments, moment][-MOST:]
        return True

    @property
    def beating(self) -> Beating | None:
        """The even beats that they come nearest to, by least squares, at the last of them; None of fewer than two."""
        if len(self.moments) < 2:
            return None
        moments = np.array(self.moments)
        numbers = np.append(0, np.cumsum(np.maximum(1, np.round(np.diff(moments) / self._interval))))
        step, start = np.polyfit(numbers, moments - moments[0], 1).tolist()
        return Beating(moments[0] + start + step * numbers[-1], step)

    @property
    def _interval(self) -> float:
        return float(np.median(np.diff(self.moments)))

    def _missed(self, gap: float) -> int | None:
        """How many beats were passed over within a gap; None: it is none of whole beats."""
        beats = max(1, round(gap / self._interval))
        if abs(gap / beats / self._interval - 1) > OTHER / beats:
            return None
        return beats - 1
