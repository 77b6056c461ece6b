"""Which beats begin a bar, and where the parts of a song begin: both are estimates."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.samples import Floats, Times

METRES = (4, 3)
"""Beats a bar; the first unless the other is plainly better."""

COMPOUND_METRES = (2, 4)
"""As METRES, of beats that are divided into three: 6/8 and 12/8."""

MIN_METRE_RATIO, MIN_METRE_SCORE = 1.5, 4.0
"""How many times more the second metre must show than the first, and by how many standard errors at least."""

FIRST_BEAT_BONUS = 0.5
"""Standard errors that the first beat of a song has in its favour: fewer songs begin within a bar."""

STRENGTH_WEIGHT, LOW_WEIGHT, CHANGE_WEIGHT = 0.5, 1.0, 0.5
"""What counts for the first beat of a bar: a snare drum on 2 and 4 begins more than the bass drum on 1 does."""

MIN_STANDARD_ERROR = 0.05
"""Added to a standard error, in standard deviations, so that few beats that are alike prove nothing."""

SECTION_LENGTH = 25.0
"""Seconds that a part lasts, on average."""

SECTION_GRID = 2.0
"""Seconds between the places where a part may begin, in a sound without bars."""


def find_bars(
    beats: Times, strength: Floats, low: Floats, change: Floats, metres: Sequence[int] = METRES
) -> tuple[int, Times]:
    """The metre, and the beats that begin a bar.

    Args:
        beats: (n,) seconds.
        strength: (n,), how much begins on each beat.
        low: (n,), how loud the bass is there.
        change: (n,), how new the chord is there.
        metres: beats a bar that it may have: the first, unless another is plainly better.

    Returns:
        Beats a bar, and (m,) of the beats.
    """
    evidence = (
        STRENGTH_WEIGHT * _standardise(strength) + LOW_WEIGHT * _standardise(low) + CHANGE_WEIGHT * _standardise(change)
    )
    score, first = _best_downbeat(evidence, metres[0])
    for metre in metres[1:]:
        other_score, other_first = _best_downbeat(evidence, metre)
        if other_score > max(MIN_METRE_RATIO * score, MIN_METRE_SCORE):
            return metre, beats[other_first::metre]
    return metres[0], beats[first :: metres[0]]


def _best_downbeat(evidence: NDArray[np.float64], metre: int) -> tuple[float, int]:
    """The beat from which on every `metre`th stands out most, the earlier of equals; by how many standard errors."""
    scores = [_downbeat_score(evidence, metre, first) for first in range(metre)]
    scores[0] += FIRST_BEAT_BONUS
    best = int(np.argmax(scores))
    return scores[best], best


def _standardise(values: Floats) -> NDArray[np.float64]:
    """The values less their mean, in standard deviations; 0 where all are one."""
    deviation = 0.0
    if len(values):
        deviation = float(values.std())
    if deviation <= 1e-9:
        return np.zeros(len(values))
    return np.asarray((values - values.mean()) / deviation, np.float64)


def _downbeat_score(evidence: NDArray[np.float64], metre: int, first: int) -> float:
    """By how many standard errors every `metre`th beat from `first` on stands out from the rest."""
    is_downbeat = np.arange(len(evidence)) % metre == first
    downbeats, rest = evidence[is_downbeat], evidence[~is_downbeat]
    if len(downbeats) < 2 or len(rest) < 2:
        return 0.0
    error = np.sqrt(downbeats.var() / len(downbeats) + rest.var() / len(rest)) + MIN_STANDARD_ERROR
    return float((downbeats.mean() - rest.mean()) / error)


def chord_changes(beats: Times, tones: Floats, hop: float) -> Floats:
    """How much each beat's chroma differs from that of the beat before: (n,) float32, 0..1."""
    chroma = _interval_means(tones[:12], beats, hop)
    chroma = chroma / (np.linalg.norm(chroma, axis=0) + 1e-9)
    similarity = np.concatenate([[1.0], (chroma[:, 1:] * chroma[:, :-1]).sum(axis=0)])
    return np.asarray(1 - similarity, np.float32)


def find_sections(bars: Times, tones: Floats, hop: float, duration: float) -> Times:
    """Where parts begin: (k,) float64 seconds, the first 0.0.

    Bars that follow one another and sound alike, by chroma and cepstrum, are joined until about one part each
    SECTION_LENGTH seconds is left (librosa's agglomerative segmentation; McFee and Ellis 2014, "Learning to segment
    songs").

    Args:
        bars: (m,) seconds.
        tones: (25, T), as `Timbre` has them.
        hop: seconds from one column of `tones` to the next.
        duration: of the sound, seconds.
    """
    import librosa

    starts = bars
    if not len(bars):
        starts = np.arange(0, duration, SECTION_GRID)
    count = min(len(starts), max(1, round(duration / SECTION_LENGTH)))
    if count < 2:
        return np.zeros(1)
    means = _interval_means(tones, starts, hop)
    deviations = means.std(axis=1, keepdims=True)
    means = np.where(deviations > 1e-6, (means - means.mean(axis=1, keepdims=True)) / (deviations + 1e-9), 0)
    boundaries = starts[np.sort(librosa.segment.agglomerative(means, count))]
    return np.asarray(np.concatenate([[0.0], boundaries[1:]]), np.float64)


def _interval_means(values: Floats, times: Times, hop: float) -> NDArray[np.float64]:
    """(D, T) values -> (D, n), their mean from each of n times to the next, or to the end."""
    edges = np.append(np.round(times / hop).astype(int), values.shape[1]).clip(0, values.shape[1])
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1, dtype=np.float64)], axis=1)
    return np.asarray((sums[:, edges[1:]] - sums[:, edges[:-1]]) / np.maximum(1, np.diff(edges)))
