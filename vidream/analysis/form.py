"""Which beats begin a bar, and where the parts of a song begin: estimates, both."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

METRES = (4, 3)  # beats a bar; the first unless the other is plainly better
METRES_IN_THREES = (2, 4)  # of beats that are divided into three: 6/8, 12/8
PLAINLY = 1.5  # times
UPBEATLESS = 0.5  # standard errors, that the first beat has for itself
CERTAIN = 4.0  # standard errors, by which three beats a bar must show
SECTION = 25.0  # s, about, that a part lasts
GRID = 2.0  # s, between the places where parts may begin in a sound without bars


def bars_of(beats: Times, strength: Floats, low: Floats, change: Floats, in_threes: bool = False) -> tuple[int, Times]:
    """Beats a bar, and the beats that begin one.

    strength, low, change: (n,), what each beat has: how much begins, how much bass, how new its chord is. A song is a
    little more likely to begin with a bar than in the middle of one. in_threes: beats are dotted quarters.
    """
    # a snare drum on 2 and 4 begins more than the bass drum on 1 does
    evidence = 0.5 * _standard(strength) + _standard(low) + 0.5 * _standard(change)
    metres = METRES_IN_THREES if in_threes else METRES
    likely = [
        max((_accent(evidence, metre, first) + (UPBEATLESS if first == 0 else 0), -first) for first in range(metre))
        for metre in metres
    ]
    chosen = 1 if likely[1][0] > max(PLAINLY * likely[0][0], CERTAIN) else 0
    return metres[chosen], beats[-likely[chosen][1] :: metres[chosen]]


def _standard(values: Floats) -> NDArray[np.float64]:
    spread = float(values.std()) if len(values) else 0.0
    return np.asarray((values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values)), np.float64)


def _accent(evidence: NDArray[np.float64], metre: int, first: int) -> float:
    """By how many standard errors each beat of that place in the bar stands out from the others."""
    on = np.arange(len(evidence)) % metre == first
    if on.sum() < 2 or (~on).sum() < 2:
        return 0.0
    error = np.sqrt(evidence[on].var() / on.sum() + evidence[~on].var() / (~on).sum()) + 0.05
    return float((evidence[on].mean() - evidence[~on].mean()) / error)


def change_at(beats: Times, tones: Floats, hop: float) -> Floats:
    """How much each beat's chroma differs from that of the beat before: (n,) float32, 0..1."""
    chroma = _mean_between(tones[:12], beats, hop)
    chroma = chroma / (np.linalg.norm(chroma, axis=0) + 1e-9)
    same = np.concatenate([[1.0], (chroma[:, 1:] * chroma[:, :-1]).sum(axis=0)])
    return np.asarray(1 - same, np.float32)


def sections_of(bars: Times, tones: Floats, hop: float, duration: float) -> Times:
    """Where parts begin, the first at 0.0: (k,) float64.

    Bars that follow one another and sound alike, by chroma and cepstrum, are joined until about one part each SECTION s
    is left (librosa's agglomerative segmentation; McFee and Ellis 2014, "Learning to segment songs").
    """
    import librosa

    places = bars if len(bars) else np.arange(0, duration, GRID)
    count = min(len(places), max(1, round(duration / SECTION)))
    if count < 2:
        return np.zeros(1)
    means = _mean_between(tones, places, hop)
    spread = means.std(axis=1, keepdims=True)
    means = np.where(spread > 1e-6, (means - means.mean(axis=1, keepdims=True)) / (spread + 1e-9), 0)
    begins = places[np.sort(librosa.segment.agglomerative(means, count))]
    return np.asarray(np.concatenate([[0.0], begins[1:]]), np.float64)


def _mean_between(values: Floats, times: Times, hop: float) -> NDArray[np.float64]:
    """(D, T) values -> (D, n), their mean from each time to the next, or to the end."""
    edges = np.append(np.round(times / hop).astype(int), values.shape[1]).clip(0, values.shape[1])
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1, dtype=np.float64)], axis=1)
    return np.asarray((sums[:, edges[1:]] - sums[:, edges[:-1]]) / np.maximum(1, np.diff(edges)))
