"""How sure a tempo is: whether a listener might tap another, and how many of its beats can be heard.

The others are half of it and twice; and, where beats are divided into three, three beats for two, as 3/4 has them where
6/8 is heard; where they are three a bar and divided into two, two for three.
"""

import numpy as np

from vidream.analysis.beats import HALVES_RATIO, parts_of_beats
from vidream.analysis.onsets import OnsetStrength
from vidream.analysis.samples import Times
from vidream.analysis.tempogram import SAME_TEMPO, TEMPI, mean_likelihood, tempo_prior, tempogram

TAPPED_TEMPO, TAPPED_DEVIATION = 115.0, 0.6
"""BPM and octaves: mean and standard deviation of what people tap (van Noorden and Moelants 1999, "Resonance in the
perception of musical pulse", have a maximum near half a second)."""

OCTAVE_WEIGHT = 0.5
"""What the tempogram's log likelihood of half a tempo, or of twice, counts beside that of tapping."""

TWO_FOR_THREE, THREE_FOR_TWO = 2 / 3, 3 / 2
"""Factors of a tempo: 6/8 where 3/4 is heard, and the other way round."""

MIN_PART = 0.1
"""Of what begins on beats: what must begin at their thirds, or halves, so that others may be made of these."""

OTHER_RANGE = (50.0, 210.0)
"""BPM that the other candidate may have."""

SURE = 0.7
"""Sureness from which on no other candidate is named."""


def measure_sureness(
    onsets: OnsetStrength, kicks: OnsetStrength, tempo: float, beats: Times, metre: int
) -> tuple[float, float]:
    """How sure it is that the beats are those that a listener taps.

    Args:
        onsets: the onset strength.
        kicks: the bass drum's part of it.
        tempo: BPM.
        beats: (n,) seconds, n > 0.
        metre: beats a bar.

    Returns:
        0..1, the likelihood of the tempo against all others, times the share of its beats on which something begins;
        and the likeliest other in BPM, or 0.0 where that is SURE enough, or nothing else may be meant.
    """
    odds: dict[float, float] = {}
    if TEMPI[0] <= tempo <= TEMPI[-1]:
        evidence = _evidence(onsets, tempo, beats, metre)
        odds = {other: float(np.exp(_score(other, of) - _score(tempo, of))) for other, of in evidence.items()}
    alone = 1 / (1 + sum(odds.values()))
    heard = float(np.logical_or.reduce([each.at(beats) >= each.threshold for each in (onsets, kicks)]).mean())
    sureness, other = alone * heard, 0.0
    if sureness < SURE and odds:
        other = max(odds, key=lambda candidate: odds[candidate])
    return sureness, other


def is_rather_half(onsets: OnsetStrength, tempo: float) -> bool:
    """Whether people would rather tap half as fast as a tempo in BPM, by what begins."""
    evidence = OCTAVE_WEIGHT * mean_likelihood(tempogram(onsets))
    return _score(tempo / 2, evidence) > _score(tempo, evidence)


def _evidence(onsets: OnsetStrength, tempo: float, beats: Times, metre: int) -> dict[float, Times]:
    """By each BPM that may be meant instead: (C,) what the sound says for each of TEMPI, a log likelihood."""
    likelihoods = mean_likelihood(tempogram(onsets))
    evidence = {tempo * factor: OCTAVE_WEIGHT * likelihoods for factor in (0.5, 2)}
    on_beat, first, half, second = parts_of_beats(onsets, beats)
    thirds = min(first, second)
    if thirds > max(MIN_PART * on_beat, HALVES_RATIO * half):
        evidence[tempo * THREE_FOR_TWO] = likelihoods - tempo_prior(TEMPI)
    if metre == 3 and half > max(MIN_PART * on_beat, HALVES_RATIO * thirds):
        evidence[tempo * TWO_FOR_THREE] = likelihoods - tempo_prior(TEMPI)
    return {other: of for other, of in evidence.items() if OTHER_RANGE[0] <= other <= OTHER_RANGE[1]}


def _score(tempo: float, evidence: Times) -> float:
    """How likely it is that a tempo in BPM is tapped: a log likelihood. evidence: (C,), for each of TEMPI."""
    near = np.abs(np.log2(TEMPI / tempo)) < SAME_TEMPO
    octaves = np.log2(tempo / TAPPED_TEMPO) / TAPPED_DEVIATION
    return float(evidence[near].max() - 0.5 * octaves**2)
