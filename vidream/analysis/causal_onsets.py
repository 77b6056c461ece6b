"""How strongly a sound begins anew, while it is heard: as `onsets` has it, by what came before alone."""

import numpy as np

from vidream.analysis.onsets import (
    COMPRESSION,
    FULL_STRENGTH_PERCENTILE,
    HOP,
    LAG,
    MELS,
    MIN_FLOOR_RATIO,
    MIN_STRENGTH,
    onset_bands,
)
from vidream.analysis.samples import Floats

FLOOR_SECONDS = 8.0
"""Seconds of sound that say what begins where nothing in particular does."""

MOST_PEAKS = 200
"""The last onsets, which say how strong the strong ones are."""

GROUP = 2 * LAG + 1
"""Values of the onset strength of which the highest counts for its floor, and as an onset."""

PEAK_MEMORY = 20.0
"""Seconds in which a sound's peak is forgotten, to 1/e of it."""

LEAST_PEAK = 0.01
"""Of full scale: a softer sound is not made louder."""


class CausalOnsets:
    """The onset strength of a sound that goes on, over its threshold, as levels."""

    def __init__(self, rate: int) -> None:
        """Hear from now on. rate: Hz."""
        self._mel, octaves = onset_bands(rate)
        self._weights = octaves / octaves.sum()
        self._magnitudes = np.zeros((self._mel.shape[1], LAG), np.float32)
        self._maxima = np.zeros(round(FLOOR_SECONDS * rate / HOP / GROUP), np.float32)
        self._group: list[float] = []
        self._peaks = np.zeros(0, np.float32)
        self._heard = 0  # groups
        self._peak = LEAST_PEAK
        self._fading = float(np.exp(-HOP / rate / PEAK_MEMORY))

    def hear(self, magnitudes: Floats, peak: float) -> Floats:
        """Take the next spectra: how much begins.

        Args:
            magnitudes: (WINDOW / 2 + 1, n), of windows that are HOP samples apart; n > 0.
            peak: the highest of their |samples|.

        Returns:
            (n,) float32, 0..1: from the threshold to what strong onsets come to.
        """
        self._peak = max(LEAST_PEAK, peak, self._peak * self._fading ** magnitudes.shape[1])
        joined = np.concatenate([self._magnitudes, magnitudes], axis=1)
        self._magnitudes = joined[:, -LAG:]
        bands = np.log1p(COMPRESSION / self._peak * (self._mel @ joined))
        padded = np.pad(bands[:, :-LAG], ((1, 1), (0, 0)), "edge")
        before = np.maximum(np.maximum(padded[:MELS], padded[1:-1]), padded[2:])
        rises = self._weights @ np.maximum(0, bands[:, LAG:] - before)
        self._count(rises)
        heard = self._maxima[-max(1, min(self._heard, len(self._maxima))) :]
        threshold = max(MIN_STRENGTH, MIN_FLOOR_RATIO * float(np.median(heard)))
        strong = float(np.percentile(self._peaks, FULL_STRENGTH_PERCENTILE)) if len(self._peaks) else 0.0
        full = max(MIN_STRENGTH, strong - threshold)
        return np.asarray(np.clip((rises - threshold) / full, 0, 1), np.float32)

    def _count(self, rises: Floats) -> None:
        """Keep the highest value of each group, and those that are onsets."""
        self._group.extend(rises.tolist())
        while len(self._group) >= GROUP:
            highest = max(self._group[:GROUP])
            del self._group[:GROUP]
            self._heard += 1
            self._maxima = np.append(self._maxima[1:], np.float32(highest))
            if highest > max(MIN_STRENGTH, MIN_FLOOR_RATIO * float(np.median(self._maxima[-self._heard :]))):
                self._peaks = np.append(self._peaks, np.float32(highest))[-MOST_PEAKS:]
