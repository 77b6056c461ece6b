"""How sure a tempo is: whether a listener might tap half or twice as fast, and how many of its beats can be heard."""

import numpy as np

from vidream.analysis.onsets import OnsetStrength
from vidream.analysis.samples import Times
from vidream.analysis.tempogram import SAME_TEMPO, TEMPI, mean_likelihood, tempogram

TAPPED_TEMPO, TAPPED_DEVIATION = 115.0, 0.6
"""BPM and octaves: mean and standard deviation of what people tap (van Noorden and Moelants 1999, "Resonance in the
perception of musical pulse", have a maximum near half a second)."""

LIKELIHOOD_WEIGHT = 0.5
"""What the tempogram's log likelihood counts beside that of tapping."""

OTHER_RANGE = (50.0, 210.0)
"""BPM that the other candidate may have."""

SURE = 0.7
"""Sureness from which on no other candidate is named."""


def measure_sureness(onsets: OnsetStrength, kicks: OnsetStrength, tempo: float, beats: Times) -> tuple[float, float]:
    """How sure it is that the beats are those that a listener taps.

    Args:
        onsets: the onset strength.
        kicks: the bass drum's part of it.
        tempo: BPM.
        beats: (n,) seconds, n > 0.

    Returns:
        0..1, the likelihood of the tempo against half and twice of it, times the share of its beats on which something
        begins; and the other candidate in BPM, or 0.0 where the first is SURE enough.
    """
    likelihoods = mean_likelihood(tempogram(onsets))

    def score(candidate: float) -> float:
        near = np.abs(np.log2(TEMPI / candidate)) < SAME_TEMPO
        octaves = np.log2(candidate / TAPPED_TEMPO) / TAPPED_DEVIATION
        return float(LIKELIHOOD_WEIGHT * likelihoods[near].max() - 0.5 * octaves**2)

    others = [other for other in (tempo / 2, tempo * 2) if OTHER_RANGE[0] <= other <= OTHER_RANGE[1]]
    if not TEMPI[0] <= tempo <= TEMPI[-1]:
        others = []
    odds = {other: float(np.exp(score(other) - score(tempo))) for other in others}
    octave = 1 / (1 + sum(odds.values()))
    heard = float(np.logical_or.reduce([each.at(beats) >= each.threshold for each in (onsets, kicks)]).mean())
    other = 0.0
    if octave < SURE:
        other = max(odds, key=lambda candidate: odds[candidate])
    return octave * heard, other
