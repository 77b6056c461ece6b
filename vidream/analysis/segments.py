"""A sound cut where its tempo jumps, into segments whose tempo is steady or drifts."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.onsets import OnsetStrength
from vidream.analysis.samples import Floats, Times
from vidream.analysis.tempogram import SAME_TEMPO, TEMPI, tempo_prior, tempogram, viterbi

SHORT_WINDOW, SHORT_HOP = 5.0, 1.5
"""Seconds of the windows that tell best when a tempo changes, and from one to the next."""

DRIFT_COST, MAX_CHANGE_COST = 13.0, 10.0
"""What a change of tempo from one window to the next costs per octave, and at most; log likelihoods."""

PRIOR_WEIGHT = 0.25
"""How much of the tempo's prior counts: what comes before and after a change tells more."""

METRICAL_OCTAVES = (1.0, 2.0, float(np.log2(3)))
"""Octaves between tempi of one pulse, counted in twos, fours or threes: no change of tempo."""

DOUBTFUL_OCTAVES = (float(np.log2(4 / 3)), float(np.log2(3 / 2)))
"""Octaves between tempi that are taken for one another: such a change costs up to twice the most."""

FORBIDDEN = 1e3
"""Cost of a change that never is."""

MIN_JUMP = 0.05
"""Octaves from one window's tempo to another's: more is a jump, less is drift."""

PLATEAU, MAX_PLATEAU_SPAN = 3, 0.015
"""Windows, and octaves that their tempi span: level before and after a window, the tempo jumped within it."""

MIN_SEGMENT = 8.0
"""Seconds that a tempo must hold to have a segment of its own."""


@dataclass(frozen=True)
class TempoSegment:
    """Part of a sound, from index `begin` to before index `end` of its onset strength, whose tempo does not jump."""

    begin: int
    """index of its first value"""
    end: int
    """index after its last value"""
    tempi: Floats
    """(end - begin,) BPM: the likeliest at each value, as short windows tell"""
    correlation: float
    """-1..1: how like itself the onset strength is one such beat later, on average"""

    def join(self, following: "TempoSegment") -> "TempoSegment":
        """This segment and the one that follows, as one."""
        sizes = [len(self.tempi), len(following.tempi)]
        correlation = float(np.average([self.correlation, following.correlation], weights=sizes))
        return TempoSegment(self.begin, following.end, np.concatenate([self.tempi, following.tempi]), correlation)


def tempo_segments(onsets: OnsetStrength) -> list[TempoSegment]:
    """The segments of a sound, in order, from its first value to its last.

    They follow the likeliest path through short windows (Viterbi). A change costs by its size up to a bound, so that a
    sudden one is taken where the following seconds ask for it.
    """
    short = tempogram(onsets, SHORT_WINDOW, SHORT_HOP)
    scores = np.log(short.likelihoods + 0.01) + PRIOR_WEIGHT * tempo_prior(TEMPI)
    path = viterbi(scores, _change_costs())
    indices, count = short.centres / onsets.hop, len(onsets.values)
    bounds = [0, *_jumps(np.log2(TEMPI)[path], indices, MIN_SEGMENT / onsets.hop, count), count]
    segments = []
    for begin, end in pairwise(bounds):
        windows = np.arange(len(path))
        if len(bounds) > 2:
            windows = np.flatnonzero((indices >= begin) & (indices < end))
        tempi = np.interp(np.arange(begin, end), indices[windows], TEMPI[path[windows]]).astype(np.float32)
        correlation = float(short.correlations[windows, path[windows]].mean())
        segments.append(TempoSegment(begin, end, tempi, correlation))
    return segments


def _change_costs() -> NDArray[np.float64]:
    """(C, C): what a change from one of TEMPI to another costs."""
    octaves = np.log2(TEMPI)
    distance = np.abs(octaves[:, None] - octaves[None, :])
    drift = DRIFT_COST * distance
    costs: NDArray[np.float64] = np.minimum(drift, MAX_CHANGE_COST)
    for interval in METRICAL_OCTAVES:
        costs[np.abs(distance - interval) < SAME_TEMPO] = FORBIDDEN
    for interval in DOUBTFUL_OCTAVES:
        near = np.abs(distance - interval) < SAME_TEMPO
        costs = np.where(near, np.minimum(drift, 2 * MAX_CHANGE_COST), costs)
    return costs


def _jumps(octaves: Times, indices: Times, shortest: float, end: int) -> list[int]:
    """Where the tempo jumps: indices of the onset strength; several jumps in a short time are one.

    Args:
        octaves: (n,), each window's tempo.
        indices: (n,), of the windows' centres in the onset strength.
        shortest: values from one jump to the next, at least.
        end: values of the onset strength.
    """
    changes = np.flatnonzero(np.abs(np.diff(octaves)) > MIN_JUMP)
    jumps = [(indices[window] + indices[window + 1]) / 2 for window in changes]
    for window in range(PLATEAU, len(octaves) - PLATEAU):
        earlier, later = octaves[window - PLATEAU : window], octaves[window + 1 : window + 1 + PLATEAU]
        level = max(np.ptp(earlier), np.ptp(later)) < MAX_PLATEAU_SPAN
        if level and abs(earlier.mean() - later.mean()) > MIN_JUMP:
            jumps.append(indices[window])
    groups: list[list[float]] = []
    for jump in sorted(jumps):
        if groups and jump - groups[-1][-1] < shortest:
            groups[-1].append(jump)
        else:
            groups.append([jump])
    means = [round(float(np.mean(group))) for group in groups]
    return [mean for mean in means if shortest <= mean <= end - shortest]
