"""Where a bass drum is struck: told from a bass, which is as low and often begins more sharply.

A bass drum's pitch falls while it sounds, for the blow tightens its skin (and a drum machine copies that by a falling
sine); a bass holds its pitch, and a plucked one holds it, too, while it fades. A click's pitch seems to fall as well,
for a filter rings so, but nothing of it is left soon after.
"""

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.onsets import BLOCK, FINE_HOP, HOP, LEAD, Onsets

Floats = NDArray[np.float32]

LOW = (25.0, 150.0)  # Hz: where bass drums sound
EARLY, LATE = (0.005, 0.035), (0.060, 0.100)  # s after a blow: when its pitch is high, and when it has fallen
LOUD, QUIET = (0.010, 0.060), (-0.030, -0.005)  # s from a blow: when it sounds, and when it did not yet
FALL = 0.3  # octaves, from which on a fall counts whole
LASTING = 0.15  # of what sounds at first: when the pitch has fallen, less is a click
FAINT = 0.02  # of the sound's peak: a rise of less is no blow


def kicks_of(samples: Floats, rate: int, peak: float) -> Onsets:
    """How much of a bass drum begins, at each time: on the grid of `onsets_of`, whose arguments these are.

    The rise of the band's amplitude, as far as its frequency falls after that; nothing where it has died away by then.
    The frequency is the mean phase step of the analytic signal, each step weighing as its energy (Kay 1989, "A fast and
    accurate single frequency estimator").
    """
    from scipy import signal

    band, rate_of_band = _low(samples, rate), rate / FINE_HOP
    analytic = np.asarray(signal.hilbert(band), np.complex64)
    steps = analytic[1:] * analytic[:-1].conj()
    early, late = (np.angle(_mean(np.append(steps, 0), *window, rate_of_band)) for window in (EARLY, LATE))
    fall = np.log2(np.maximum(early, 1e-6) / np.maximum(late, 1e-6))
    power = np.square(np.abs(analytic))
    loud, left, quiet = (np.sqrt(np.maximum(0, _mean(power, *each, rate_of_band))) for each in (LOUD, LATE, QUIET))
    lasts = left > LASTING * loud
    lasts[-round(LATE[1] * rate_of_band) :] = True  # as far as the sound goes
    strength = np.maximum(0, loud - quiet - FAINT * peak) * np.clip(fall / FALL, 0, 1) * lasts
    return Onsets(_on_grid(strength, len(samples), rate), HOP / rate)


def _low(samples: Floats, rate: int) -> NDArray[np.float64]:
    """Its low band, one value each FINE_HOP samples."""
    from scipy import signal

    sections = signal.butter(4, LOW[1], "lowpass", fs=rate, output="sos")
    state = np.zeros((len(sections), 2))
    parts = []
    for first in range(0, len(samples), BLOCK * FINE_HOP):
        part, state = signal.sosfilt(sections, samples[first : first + BLOCK * FINE_HOP], zi=state)
        parts.append(part[::FINE_HOP])
    high_pass = signal.butter(1, LOW[0], "highpass", fs=rate / FINE_HOP, output="sos")
    return np.asarray(signal.sosfilt(high_pass, np.concatenate(parts)), np.float64)


def _mean(values: NDArray, begin: float, end: float, rate: float) -> NDArray:  # type: ignore[type-arg]
    """For each index: the mean of the values from `begin` s to `end` s after it, 0 beyond both ends."""
    first, last = round(begin * rate), round(end * rate)
    sums = np.concatenate([[0], np.cumsum(values, dtype=np.complex128 if np.iscomplexobj(values) else np.float64)])
    at = np.arange(len(values))
    low, high = np.clip(at + first, 0, len(values)), np.clip(at + last, 0, len(values))
    return np.asarray((sums[high] - sums[low]) / (last - first))


def _on_grid(strength: NDArray[np.float64], count: int, rate: int) -> Floats:
    lead, last = round(LEAD * rate / HOP), count // HOP
    together = HOP // FINE_HOP
    values = np.zeros((2 * lead + last + 1) * together, np.float32)
    begin = lead * together
    values[begin : begin + len(strength)] = strength[: len(values) - begin]
    return np.asarray(values.reshape(-1, together).max(axis=1))
