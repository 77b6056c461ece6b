"""How likely each tempo is, over time: a tempogram of the onset strength.

It is a product of two (Peeters 2007, "Template-based estimation of time-varying tempo"): a spectrum, which peaks at f,
2f, 3f, and an autocorrelation, which peaks at f, f/2, f/3; both peak at f alone. That is what keeps 70 BPM from being
taken for 140, and 174 for 87.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.onsets import OnsetStrength
from vidream.analysis.samples import Floats, Times

TEMPO_RANGE = (40.0, 240.0)
"""BPM: the slowest and the fastest tempo that is looked for."""

TEMPO_STEP = 1.005
"""Factor from one candidate to the next."""

TEMPI = np.geomspace(*TEMPO_RANGE, 1 + round(np.log(TEMPO_RANGE[1] / TEMPO_RANGE[0]) / np.log(TEMPO_STEP)))
"""(C,) BPM: the candidates, evenly spaced in octaves."""

PRIOR_TEMPO, PRIOR_DEVIATION = 120.0, 1.0
"""BPM and octaves: mean and standard deviation of the tempo that is expected (Ellis 2007)."""

LONG_WINDOW, LONG_HOP = 12.0, 3.0
"""Seconds of the windows that tell a steady tempo best, and from one to the next."""

MEAN_TEMPO_COST = 10.0
"""What a window's tempo costs for being another than the whole sound's, per squared octave; a log likelihood."""

TEMPO_CHANGE_COST = 400.0
"""What a window's tempo costs for being another than the last window's, per squared octave; a log likelihood."""

SAME_TEMPO = 0.043
"""Octaves, 3 %, within which two tempi are taken for one."""


@dataclass(frozen=True)
class Tempogram:
    """How likely each of TEMPI is in n windows of a sound."""

    centres: Times
    """(n,) seconds, from the first value of the onset strength on"""
    likelihoods: Times
    """(n, C) >= 0: spectrum times autocorrelation"""
    correlations: Times
    """(n, C) -1..1: how like itself the onset strength is one beat of that tempo later"""


def tempo_prior(tempi: Times) -> Times:
    """How much tempi in BPM are expected: a log likelihood, 0 at PRIOR_TEMPO and lower elsewhere."""
    return np.asarray(-0.5 * np.square(np.log2(tempi / PRIOR_TEMPO) / PRIOR_DEVIATION))


def tempogram(onsets: OnsetStrength, window: float = LONG_WINDOW, hop: float = LONG_HOP) -> Tempogram:
    """The tempogram of an onset strength, in windows of `window` seconds each `hop` seconds; at least one."""
    values = onsets.values
    size, step = min(len(values), round(window / onsets.hop)), round(hop / onsets.hop)
    starts = np.arange(0, len(values) - size + 1, step)
    columns = [_likelihoods(values[start : start + size], onsets.hop) for start in starts]
    likelihoods, correlations = (np.array(column) for column in zip(*columns, strict=True))
    return Tempogram(np.asarray((starts + size / 2) * onsets.hop, np.float64), likelihoods, correlations)


def _likelihoods(values: Floats, hop: float) -> tuple[Times, Times]:
    """(C,) each, of one window: the likelihoods, and the correlations."""
    size = 1 << (2 * len(values) - 1).bit_length()
    values = values - values.mean()
    windowed = values * np.hanning(len(values))
    power = np.square(np.abs(np.fft.rfft(values, size)))
    correlation = np.fft.irfft(power)[: size // 2]
    correlation /= correlation[0] + 1e-9
    magnitude = np.abs(np.fft.rfft(windowed, size))
    magnitude /= np.sqrt(np.square(windowed).sum() * len(values) / 2) + 1e-9
    lags = 60 / TEMPI / hop
    overlap = len(values) / (len(values) - lags)  # at a lag, fewer values overlap
    at_lag = np.interp(lags, np.arange(len(correlation)), correlation) * overlap
    at_frequency = np.interp(TEMPI / 60 * hop * size, np.arange(len(magnitude)), magnitude)
    return at_frequency * np.maximum(0, at_lag), at_lag


def mean_likelihood(tempi: Tempogram) -> Times:
    """(C,) log likelihood of each of TEMPI for all windows together, with the prior."""
    return np.asarray(np.log(tempi.likelihoods.mean(axis=0) + 1e-9) + tempo_prior(TEMPI))


def steady_tempi(tempi: Tempogram, tempo: float, hop: float, count: int) -> Floats:
    """The likeliest tempi near `tempo` BPM that do not change needlessly.

    Args:
        tempi: of the onset strength.
        tempo: BPM of the whole sound.
        hop: seconds between values of the onset strength.
        count: its values, T.

    Returns:
        (T,) float32 BPM, at each value of the onset strength.
    """
    octaves = np.log2(TEMPI)
    nearness = -MEAN_TEMPO_COST * np.square(octaves - np.log2(tempo))
    change = TEMPO_CHANGE_COST * np.square(octaves[:, None] - octaves[None, :])
    path = TEMPI[viterbi(np.log(tempi.likelihoods + 0.01) + nearness, change)]
    return np.interp(np.arange(count), tempi.centres / hop, path).astype(np.float32)


def viterbi(scores: Times, change: Times) -> NDArray[np.intp]:
    """The path with the highest sum of scores less costs.

    Args:
        scores: (n, C), of each state at each step.
        change: (C, C), the cost from one state to another.

    Returns:
        (n,) indices of states.
    """
    total, previous = scores[0], []
    for row in scores[1:]:
        sums = total[:, None] - change
        previous.append(np.argmax(sums, axis=0))
        total = sums.max(axis=0) + row
    path = [int(np.argmax(total))]
    for states in reversed(previous):
        path.append(int(states[path[-1]]))
    return np.array(path[::-1])
