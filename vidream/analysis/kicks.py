"""Where a bass drum is struck: told from a bass, which is as low and often begins more sharply.

A bass drum's pitch falls while it sounds, for the blow tightens its skin, and drum machines copy that by a falling
sine. A bass holds its pitch; a plucked one holds it, too, while it fades. A click's pitch seems to fall as well, for a
filter rings so, but nothing of it is left soon after.
"""

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.edges import EDGE_HOP
from vidream.analysis.onsets import HOP, PADDING, OnsetStrength
from vidream.analysis.samples import BLOCK, Floats, filter_blocks

BAND = (25.0, 150.0)
"""Hz between which bass drums sound."""

HIGH_PITCH_WINDOW, LOW_PITCH_WINDOW = (0.005, 0.035), (0.060, 0.100)
"""Seconds after a blow, from and to: when its pitch is high, and when it has fallen."""

SOUND_WINDOW, SILENCE_WINDOW = (0.010, 0.060), (-0.030, -0.005)
"""Seconds after a blow, from and to: when it sounds, and when it did not yet."""

FULL_FALL = 0.3
"""Octaves by which the pitch must fall for a rise to count in full; by half of it, it counts half."""

MIN_SUSTAIN = 0.15
"""Amplitude in LOW_PITCH_WINDOW over that in SOUND_WINDOW: less is a click."""

MIN_RISE = 0.02
"""Of the sound's peak: a rise in amplitude of less is no blow."""


def measure_kicks(samples: Floats, rate: int, peak: float) -> OnsetStrength:
    """How much of a bass drum begins, at each time: on the grid of `measure_onsets`, whose arguments these are.

    The rise of the band's amplitude, as far as its frequency falls after that; 0 where it has died away by then. The
    frequency is the mean phase step of the analytic signal, each step weighing as its energy (Kay 1989, "A fast and
    accurate single frequency estimator").
    """
    from scipy import signal

    band, band_rate = _bass_band(samples, rate), rate / EDGE_HOP
    analytic = np.asarray(signal.hilbert(band), np.complex64)
    steps = np.append(analytic[1:] * analytic[:-1].conj(), 0)
    high, low = (np.angle(_window_mean(steps, *w, band_rate)) for w in (HIGH_PITCH_WINDOW, LOW_PITCH_WINDOW))
    fall = np.log2(np.maximum(high, 1e-6) / np.maximum(low, 1e-6))
    power = np.square(np.abs(analytic))
    loud, remaining, quiet = (
        np.sqrt(np.maximum(0, _window_mean(power, *window, band_rate)))
        for window in (SOUND_WINDOW, LOW_PITCH_WINDOW, SILENCE_WINDOW)
    )
    sustained = remaining > MIN_SUSTAIN * loud
    sustained[-round(LOW_PITCH_WINDOW[1] * band_rate) :] = True  # after the end, nothing can sound
    strength = np.maximum(0, loud - quiet - MIN_RISE * peak) * np.clip(fall / FULL_FALL, 0, 1) * sustained
    return OnsetStrength(_on_onset_grid(strength, len(samples), rate), HOP / rate)


def _bass_band(samples: Floats, rate: int) -> NDArray[np.float64]:
    """What of a sound lies in BAND, one value each EDGE_HOP samples."""
    from scipy import signal

    sections = signal.butter(4, BAND[1], "lowpass", fs=rate, output="sos")
    low = np.concatenate([block[::EDGE_HOP] for block in filter_blocks(samples, sections, BLOCK * EDGE_HOP)])
    high_pass = signal.butter(1, BAND[0], "highpass", fs=rate / EDGE_HOP, output="sos")
    return np.asarray(signal.sosfilt(high_pass, low), np.float64)


def _window_mean(values: NDArray, begin: float, end: float, rate: float) -> NDArray:  # type: ignore[type-arg]
    """For each of the values: their mean from `begin` to `end` seconds after it, 0 beyond both ends."""
    first, last = round(begin * rate), round(end * rate)
    dtype = np.result_type(values.dtype, np.float64)  # float64 or complex128
    sums = np.concatenate([[0], np.cumsum(values, dtype=dtype)])
    indices = np.arange(len(values))
    low, high = np.clip(indices + first, 0, len(values)), np.clip(indices + last, 0, len(values))
    return np.asarray((sums[high] - sums[low]) / (last - first))


def _on_onset_grid(strength: NDArray[np.float64], sample_count: int, rate: int) -> Floats:
    """One value each EDGE_HOP samples -> the highest in each HOP samples, with the onset strength's padding."""
    padding, last = round(PADDING * rate / HOP), sample_count // HOP
    group = HOP // EDGE_HOP
    values = np.zeros((2 * padding + last + 1) * group, np.float32)
    begin = padding * group
    values[begin : begin + len(strength)] = strength[: len(values) - begin]
    return np.asarray(values.reshape(-1, group).max(axis=1))
