"""Levels of a sound while it is heard: as `envelopes` has them of a whole song, by what came before alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vidream.analysis.causal_onsets import CausalOnsets
from vidream.analysis.envelopes import ENVELOPES, LOUD_PERCENTILE, MIN_LEVEL, QUIET_PERCENTILE, scaled
from vidream.analysis.onsets import HOP, WINDOW
from vidream.analysis.percentiles import Percentiles
from vidream.analysis.samples import SILENCE, Floats, Times
from vidream.analysis.song import SIGNALS
from vidream.analysis.timbre import HARMONIC_SPAN, MELS, PERCUSSIVE_SPAN, POWER_SCALE, band_powers, mel_bands

MEMORY = 60.0
"""Seconds after which what was heard counts 1/e, for how loud the loud is and how quiet the quiet."""

LEAST_LOUD = 10 ** (-45 / 20)
"""Of full scale, as it is heard: what is softer is not made louder, or a microphone's noise would be music."""


AUDIBLE = 10 ** (-60 / 20)
"""Of full scale, as it is heard: under it nothing begins."""


@dataclass(frozen=True, eq=False)
class Levels:
    """What was heard in the last samples."""

    seconds: Times
    """(n,) rising: of the values; the middle of what each was measured in."""
    levels: Mapping[str, Floats]
    """(n,) 0..1 each: signals of a song, and its onset."""
    loudness: Floats
    """(n,) rms amplitude of full scale, as it is heard."""


class CausalLevels:
    """Levels of a sound that goes on. Its memory is bounded."""

    def __init__(self, rate: int) -> None:
        """Hear from now on. rate: Hz."""
        self.rate = rate
        self._window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
        self._rest = np.zeros(WINDOW // 2, np.float32)
        self._begin = -WINDOW // 2  # of the rest, in samples from the first on
        self._onsets = CausalOnsets(rate)
        self._amplitudes = np.zeros((MELS, HARMONIC_SPAN - 1), np.float32)
        self._percentiles = {name: Percentiles(MEMORY * rate / HOP) for name in SIGNALS}

    def hear(self, samples: Floats) -> Levels:
        """Take the next samples, (N,) float32, full scale 1, finite; N is small, and may be 0."""
        joined = np.concatenate([self._rest, samples])
        count = max(0, (len(joined) - WINDOW) // HOP + 1)
        seconds = (self._begin + np.arange(count) * HOP + WINDOW // 2) / self.rate
        self._rest, self._begin = joined[count * HOP :], self._begin + count * HOP
        if not count:
            return Levels(seconds, {}, np.zeros(0, np.float32))
        windows = np.lib.stride_tricks.sliding_window_view(joined, WINDOW)[: count * HOP : HOP]
        magnitudes = np.abs(np.fft.rfft(windows * self._window)).T.astype(np.float32)
        signals = self._signals(np.square(magnitudes) * POWER_SCALE)
        levels = {name: self._scale(name, signal) for name, signal in signals.items()}
        begins = self._onsets.hear(magnitudes, float(np.abs(joined).max()))
        levels["onset"] = np.where(signals["loudness"] > AUDIBLE, begins, np.float32(0))
        return Levels(seconds, levels, signals["loudness"])

    def _signals(self, power: Floats) -> dict[str, Floats]:
        """The amplitudes of SIGNALS, (n,) each, of power spectra (WINDOW / 2 + 1, n)."""
        amplitudes = np.concatenate([self._amplitudes, np.sqrt(mel_bands(self.rate) @ power)], axis=1)
        self._amplitudes = amplitudes[:, 1 - HARMONIC_SPAN :]
        windows = np.lib.stride_tricks.sliding_window_view(amplitudes, HARMONIC_SPAN, axis=1)
        held = np.median(windows, axis=2)
        latest = amplitudes[:, HARMONIC_SPAN - 1 :]
        reach = PERCUSSIVE_SPAN // 2
        padded = np.pad(latest, ((reach, reach), (0, 0)), "reflect")
        struck = np.median(np.lib.stride_tricks.sliding_window_view(padded, PERCUSSIVE_SPAN, axis=0), axis=2)
        shares = np.square(held) / (np.square(held) + np.square(struck) + 1e-20)
        powers = band_powers(power, self.rate) | {
            "percussive": np.square((1 - shares) * latest).sum(axis=0),
            "harmonic": np.square(shares * latest).sum(axis=0),
        }
        return {name: np.sqrt(powers[name]).astype(np.float32) for name in SIGNALS}

    def _scale(self, name: str, signal: Floats) -> Floats:
        """A signal, (n,), from 0 where it is quiet to 1 where it is loud, by all that was heard."""
        percentiles = self._percentiles[name]
        percentiles.add(signal)
        loud, heard = percentiles.at(LOUD_PERCENTILE), self._percentiles["loudness"].at(LOUD_PERCENTILE)
        if loud < max(SILENCE, MIN_LEVEL * heard):
            return np.zeros_like(signal)
        loud *= max(1.0, LEAST_LOUD / heard)
        return scaled(signal, ENVELOPES[name].scale, min(loud, max(SILENCE, percentiles.at(QUIET_PERCENTILE))), loud)
