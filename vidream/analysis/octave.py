"""Which of several pulses is the beat: the one that a listener would tap, of tempi that are multiples of each other."""

import numpy as np

from vidream.analysis.onsets import OnsetStrength
from vidream.analysis.samples import Floats, Times
from vidream.analysis.tempogram import TEMPO_RANGE, tempo_prior
from vidream.analysis.tracker import track_beats

DUPLE_WEIGHT, DUPLE_CONTRAST = 6.0, 0.45
"""Contrast between every other beat, 0..1, from which it speaks for half the tempo; and how much, as log likelihood."""

TRIPLE_WEIGHT, TRIPLE_CONTRAST = 4.0, 0.25
"""Contrast between every third beat, 0..1, from which it speaks for a third of the tempo; and how much."""

TRIPLE_CONTRAST_RANGE = (0.20, 0.85)
"""Contrasts of every third beat: with less they are no groups of three, with more nothing sounds between them."""

DOTTED_TEMPO_RANGE = (42.0, 120.0)
"""BPM that a dotted quarter may have."""

MIN_DOTTED_PULSE = 165.0
"""BPM under which three beats are a bar of a waltz, unless their groups come in pairs."""

MIN_PAIR_CONTRAST, MIN_KICK_PAIR_CONTRAST = 0.10, 0.50
"""Contrast of neighbouring groups of three, and of the bass drum on them, from which they come in unlike pairs."""

CONTRAST_GROUPS = 8
"""Groups over which a contrast is measured at a time, for the tracker may slip by a beat."""


def resolve_octave(onsets: OnsetStrength, kicks: OnsetStrength, tempi: Floats) -> float:
    """The factor of `tempi`, (T,) BPM at each value of the onset strength, that gives those of the beat.

    From the fastest multiple in TEMPO_RANGE on, the pulse is halved while every other of its beats is much weaker, as
    long as what is left is usual. It is divided by three where every third beat is much stronger than the two after it.
    """
    tempo = float(np.median(tempi))
    factor = float(2.0 ** np.floor(np.log2(TEMPO_RANGE[1] * 1.02 / tempo)))
    while tempo * factor / 2 >= TEMPO_RANGE[0]:
        beats = track_beats(onsets, tempi * np.float32(factor))
        prior, half_prior = tempo_prior(np.array([tempo * factor, tempo * factor / 2])).tolist()
        half = DUPLE_WEIGHT * (_contrast(onsets, beats, 2) - DUPLE_CONTRAST) + half_prior - prior
        third = _third_likelihood(onsets, kicks, beats, tempo * factor)
        if third > max(0, half):
            return factor / 3
        if half <= 0:
            break
        factor /= 2
    return factor


def _third_likelihood(onsets: OnsetStrength, kicks: OnsetStrength, beats: Times, tempo: float) -> float:
    """What speaks for every third of the beats as the beat, as a log likelihood: over 0 is for it."""
    contrast = _contrast(onsets, beats, 3)
    if not DOTTED_TEMPO_RANGE[0] <= tempo / 3 <= DOTTED_TEMPO_RANGE[1]:
        return -np.inf
    if not TRIPLE_CONTRAST_RANGE[0] < contrast < TRIPLE_CONTRAST_RANGE[1]:
        return -np.inf
    first = int(np.argmax([onsets.at(beats[start::3]).mean() for start in range(3)]))
    kicks_pair = _contrast(kicks, beats[first::3], 2) > MIN_KICK_PAIR_CONTRAST
    groups_pair = kicks_pair or _contrast(onsets, beats, 6) > MIN_PAIR_CONTRAST
    if tempo < MIN_DOTTED_PULSE and not groups_pair:
        return -np.inf
    prior, third_prior = tempo_prior(np.array([tempo, tempo / 3])).tolist()
    return float(TRIPLE_WEIGHT * (contrast - TRIPLE_CONTRAST * (not kicks_pair)) + third_prior - prior)


def _contrast(onsets: OnsetStrength, beats: Times, period: int) -> float:
    """How much stronger the strongest beat of each `period` is than the next strongest, 0..1."""
    excess = np.maximum(0, onsets.at(beats) - onsets.floor)
    groups = min(CONTRAST_GROUPS, len(excess) // period)
    if not groups:
        return 0.0
    size = groups * period
    means = excess[: len(excess) // size * size].reshape(-1, groups, period).mean(axis=1)
    means.sort(axis=1)
    return float((means[:, -1] - means[:, -2]).sum() / (means[:, -1].sum() + 1e-9))
