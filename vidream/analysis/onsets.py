"""How strongly a sound begins anew, at each moment: the onset strength, and the onsets that are its peaks."""

from dataclasses import dataclass
from functools import cache, cached_property, partial

import numpy as np

from vidream.analysis.edges import Edges, snap_to_edges
from vidream.analysis.samples import Floats, Times, magnitude_blocks

HOP = 128
"""Samples from one value of the onset strength to the next: 5.8 ms at 22,050 Hz."""

WINDOW = 1024
"""Samples of a spectrum: 46 ms at 22,050 Hz."""

LAG = 4
"""Hops from a spectrum to the one that it must exceed: half a window."""

MELS = 64
"""Mel bands of a spectrum."""

MIN_FREQUENCY = 30.0
"""Hz at which the lowest mel band begins."""

COMPRESSION = 1000.0
"""Factor of a band's magnitude before its logarithm, log1p; 1 is a sine at the sound's peak."""

MIN_PROMINENCE = 5.0
"""Prominence under which noise is taken to fill the low octaves, so that bands count alike rather than octaves."""

PADDING = 1.0
"""Seconds of silence before the sound and after it: what sounds at 0 s begins there."""

MIN_STRENGTH = 0.1
"""Onset strength under which nothing is an onset, however quiet the rest is."""

MIN_FLOOR_RATIO = 1.4
"""How many times the floor an onset must reach."""

MIN_DISTANCE = 0.03
"""Seconds from an onset to the next, at least: closer ones are heard as one."""

FULL_STRENGTH_PERCENTILE = 95
"""Percentile of all onsets' strengths that becomes 1."""


@dataclass(frozen=True)
class OnsetStrength:
    """How much begins, over time, from PADDING seconds before the sound to PADDING seconds after it."""

    values: Floats
    """(T,) float32 >= 0"""
    hop: float
    """seconds from one value to the next"""

    @cached_property
    def _maxima(self) -> Floats:
        """The highest value of each group of 2 LAG + 1, inside the sound: what `at` may give there."""
        padding = round(PADDING / self.hop)
        inside = self.values[padding : len(self.values) - padding]
        size = min(len(inside), 2 * LAG + 1)
        return np.asarray(inside[: len(inside) // size * size].reshape(-1, size).max(axis=1))

    @property
    def floor(self) -> float:
        """What `at` gives where nothing in particular begins."""
        return float(np.median(self._maxima))

    @property
    def threshold(self) -> float:
        """The strength over which something begins."""
        return max(MIN_STRENGTH, MIN_FLOOR_RATIO * self.floor)

    @property
    def prominence(self) -> float:
        """How far onsets stand out: the 98th percentile, in floors."""
        return float(np.percentile(self._maxima, 98) / (self.floor + 1e-9))

    def at(self, times: Times) -> Floats:
        """The highest strength within LAG hops of each time: (n,) float32 for (n,) seconds."""
        centres = np.round((times + PADDING) / self.hop).astype(int)
        indices = np.clip(centres[:, None] + np.arange(-LAG, LAG + 1), 0, len(self.values) - 1)
        return np.asarray(self.values[indices].max(axis=1), np.float32)

    def part(self, begin: int, end: int) -> "OnsetStrength":
        """From index `begin` to before index `end`."""
        return OnsetStrength(self.values[begin:end], self.hop)


def measure_onsets(samples: Floats, rate: int, peak: float) -> OnsetStrength:
    """The onset strength of a sound: the rise of its compressed mel bands (spectral flux).

    Each octave counts alike, so that a bass drum, which fills three bands of 64, is not drowned by a hi-hat, which
    fills half of them. Where noise fills the low octaves, whose few bands do not average it away, each band does.

    Args:
        samples: (N,) float32.
        rate: Hz.
        peak: the highest of |samples|, over 0.
    """
    import librosa

    mel, octaves = onset_bands(rate)
    mean_by_octave = partial(np.average, weights=octaves)
    padding, last = round(PADDING * rate / HOP), len(samples) // HOP
    by_octave: list[Floats] = []
    by_band: list[Floats] = []
    for frames, magnitudes in magnitude_blocks(samples, WINDOW, HOP, range(-padding, last + padding + 1), LAG):
        bands = _extend(np.log1p(COMPRESSION / peak * (mel @ magnitudes)), frames.start - LAG, last)
        for mean, strengths in ((mean_by_octave, by_octave), (np.mean, by_band)):
            rise = librosa.onset.onset_strength(S=bands, sr=rate, lag=LAG, max_size=3, center=False, aggregate=mean)
            strengths.append(rise[LAG:].astype(np.float32))
    balanced = OnsetStrength(np.concatenate(by_octave), HOP / rate)
    if balanced.prominence > MIN_PROMINENCE:
        return balanced
    return OnsetStrength(np.concatenate(by_band), HOP / rate)


@cache
def onset_bands(rate: int) -> tuple[Floats, Floats]:
    """The mel bands whose rise is an onset: (MELS, WINDOW / 2 + 1), of magnitudes; and how many octaves each fills."""
    import librosa

    mel = librosa.filters.mel(sr=rate, n_fft=WINDOW, n_mels=MELS, fmin=MIN_FREQUENCY, norm=None)
    mel /= mel.sum(axis=1, keepdims=True) * WINDOW / 8
    octaves = np.diff(np.log2(librosa.mel_frequencies(n_mels=MELS + 1, fmin=MIN_FREQUENCY, fmax=rate / 2)))
    return mel, octaves


def _extend(bands: Floats, first: int, last: int) -> Floats:
    """Bands (MELS, n) whose first column is frame `first`, with what they mostly are beyond a sound of frames 0..last.

    Else noise would begin and end with an onset.
    """
    frames = np.arange(first, first + bands.shape[1])
    margin = WINDOW // 2 // HOP
    inside = (frames >= margin) & (frames <= last - margin)
    if inside.all() or not inside.any():
        return bands
    medians = np.median(bands[:, inside], axis=1, keepdims=True)
    return np.where(inside, bands, np.maximum(bands, medians))


def pick_onsets(onsets: OnsetStrength, edges: Edges, duration: float) -> tuple[Times, Floats]:
    """The onsets of a sound of `duration` seconds.

    Returns:
        Times in seconds, (n,) float64, rising; and how strong each is, (n,) float32, 0..1.
    """
    import librosa

    excess = np.maximum(0, onsets.values - onsets.threshold)
    distance, mean_reach = round(MIN_DISTANCE / onsets.hop), round(4 * MIN_DISTANCE / onsets.hop)
    peaks = librosa.util.peak_pick(
        excess,
        pre_max=distance,
        post_max=distance,
        pre_avg=mean_reach,
        post_avg=mean_reach,
        delta=1e-3,
        wait=distance,
    )
    peaks = peaks[excess[peaks] > 0]
    times = snap_to_edges(peaks * onsets.hop - PADDING, edges)
    valid = (np.diff(times, prepend=-np.inf) > 0) & (times >= 0) & (times < duration)
    if not valid.any():
        return np.zeros(0), np.zeros(0, np.float32)
    strengths = excess[peaks[valid]]
    scale = np.percentile(strengths, FULL_STRENGTH_PERCENTILE)
    return times[valid], np.minimum(1, strengths / scale).astype(np.float32)
