"""How high beats are while they are heard: as loud as it is on them, so that a break is calm."""

import numpy as np

from vidream.analysis.heights import FULL_PERCENTILE, QUIET_PERCENTILE, SPAN, heights_of
from vidream.analysis.percentiles import Percentiles
from vidream.analysis.samples import SILENCE, Floats, Times

MEMORY = 128
"""Beats after which one counts 1/e, for how loud the loud ones are."""

MEDIAN = 3
"""The last beats, of which the middle one says how loud it is: a soft beat among loud ones is as high as they are."""

AUDIBLE = 10 ** (-60 / 20)
"""Of full scale, as it is heard: under it ears hear nothing."""

KEPT = 2.0
"""Seconds of loudness that are kept."""

SILENT = 0.5
"""Seconds in which nothing is heard, from which on it is silent."""


class BeatHeights:
    """Heights of beats, by the loudness on those that have passed."""

    def __init__(self) -> None:
        self._moments, self._loudness = np.zeros(0), np.zeros(0, np.float32)
        self._beats: list[float] = []
        self._percentiles = Percentiles(MEMORY)
        self._silent = False

    def hear(self, moments: Times, loudness: Floats) -> None:
        """Take the loudness, (n,) of full scale, at (n,) moments; n = 0: nothing is heard any more."""
        self._silent = not len(moments)
        self._moments = np.concatenate([self._moments, moments])
        self._loudness = np.concatenate([self._loudness, loudness])
        if len(moments):
            late = self._moments > moments[-1] - KEPT
            self._moments, self._loudness = self._moments[late], self._loudness[late]
            self._silent = bool(self._loudness[self._moments > moments[-1] - SILENT].max() < AUDIBLE)

    @property
    def latest(self) -> float:
        """The last moment at which a beat may have been whose loudness is known."""
        return float(self._moments[-1]) - SPAN if len(self._moments) else -np.inf

    def count(self, beat: float) -> None:
        """A beat was at a moment, no later than `latest`."""
        level = self._level(beat)
        self._percentiles.add(np.array([level], np.float32))
        self._beats = [*self._beats, level][-MEDIAN:]

    def height(self, last: float) -> float:
        """0..1: how high a beat is now; 0 in silence. last: the moment of the last beat, which may be sounding."""
        if self._silent or not len(self._moments):
            return 0.0
        if not self._beats:
            return 1.0
        level = max(float(np.median(self._beats)), self._level(last))
        quiet, full, decibels = (
            20 * np.log10(max(SILENCE, each))
            for each in (self._percentiles.at(QUIET_PERCENTILE), self._percentiles.at(FULL_PERCENTILE), level)
        )
        return float(heights_of(np.array([decibels], np.float32), quiet, full)[0])

    def _level(self, beat: float) -> float:
        """The highest loudness from a moment to SPAN after it."""
        sounding = (self._moments >= beat) & (self._moments <= beat + SPAN)
        return float(self._loudness[sounding].max(initial=0.0))
