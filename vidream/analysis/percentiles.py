"""Percentiles of what has been heard so far, of which what is long ago counts less."""

import numpy as np

from vidream.analysis.samples import SILENCE, Floats

STEP = 0.5
"""Decibels from one bin to the next."""

LOWEST = 20 * float(np.log10(SILENCE))
"""Decibels of full scale at which the bins begin; what is quieter is not counted."""

BINS = round((6 - LOWEST) / STEP)
"""Up to 6 decibels over full scale."""


class Percentiles:
    """Percentiles of amplitudes, as histograms of decibels that fade."""

    def __init__(self, memory: float) -> None:
        """Let what was counted `memory` values ago count 1/e of what is counted now."""
        self._counts = np.zeros(BINS)
        self._memory = memory

    def add(self, amplitudes: Floats) -> None:
        """Count more of them, (n,), of full scale, those that are no silence; n is far below `memory`."""
        audible = amplitudes[amplitudes > SILENCE]
        if not len(audible):
            return
        bins = np.clip((20 * np.log10(audible) - LOWEST) / STEP, 0, BINS - 1).astype(int)
        self._counts *= np.exp(-len(audible) / self._memory)
        self._counts += np.bincount(bins, minlength=BINS)

    def at(self, percent: float) -> float:
        """The amplitude that so many percent of them do not exceed, to half a decibel; 0.0 before any was counted."""
        sums = np.cumsum(self._counts)
        if not sums[-1]:
            return 0.0
        index = int(np.searchsorted(sums, percent / 100 * sums[-1]))
        return float(10 ** ((LOWEST + (min(index, BINS - 1) + 0.5) * STEP) / 20))
