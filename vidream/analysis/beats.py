"""Where each beat of a sound falls, and how fast they follow one another.

Beats are tracked along each pulse of the sound, and each is moved to the very rise that it belongs to.
"""

import numpy as np

from vidream.analysis.edges import Edges, snap_to_edges
from vidream.analysis.onsets import OnsetStrength
from vidream.analysis.pulse import Pulse, find_pulses
from vidream.analysis.samples import Times

MIN_BEATS = 4
"""Beats of a pulse, and of a sound: fewer are none."""

MIN_GAP = 0.6
"""Beats from the last one of a tempo to the first of the next, at least."""

MIN_END_EXCESS = 0.15
"""Of the median beat's strength over the floor: what the first beat and the last must have."""

MAX_TEMPO_DEVIATION = 0.1
"""Relative deviation from the median interval, up to which an interval counts for a sound's tempo."""

MIN_THIRDS = 0.15
"""Of what begins on beats: so much at both their thirds divides them into three."""

HALVES_RATIO = 2.0
"""How many times more must begin at both thirds of beats than at their halves."""


def find_beats(onsets: OnsetStrength, kicks: OnsetStrength, edges: Edges, duration: float) -> tuple[float, Times]:
    """The tempo and the beats of a sound.

    Args:
        onsets: the onset strength.
        kicks: the bass drum's part of it, on the same grid.
        edges: what beats are moved to.
        duration: of the sound, seconds.

    Returns:
        The tempo in BPM that holds for most of the time, and (n,) float64 seconds, rising; 0 and none, where nothing
        beats.
    """
    beats = np.zeros(0)
    for pulse in find_pulses(onsets, kicks):
        tracked = snap_to_edges(pulse.track(), edges)
        tracked = _trim(pulse.accents, tracked[(tracked >= 0) & (tracked < duration)])
        if len(tracked) < MIN_BEATS or not _beats(pulse, onsets, tracked):
            continue
        if len(beats):
            tracked = tracked[tracked > beats[-1] + MIN_GAP * 60 / pulse.tempo]
        beats = np.concatenate([beats, tracked])
    if len(beats) < MIN_BEATS:
        return 0.0, np.zeros(0)
    return main_tempo(beats), beats


def _beats(pulse: Pulse, onsets: OnsetStrength, beats: Times) -> bool:
    """Whether enough begins on the beats."""
    return pulse.certain or bool(onsets.at(beats).mean() >= onsets.threshold)


def _trim(accents: OnsetStrength, beats: Times) -> Times:
    """The beats without those at both ends on which nothing sounds."""
    if not len(beats):
        return beats
    excess = accents.at(beats) - accents.floor
    sounding = np.flatnonzero(excess > MIN_END_EXCESS * np.median(excess))
    if not len(sounding):
        return beats[:0]
    return beats[sounding[0] : sounding[-1] + 1]


def main_tempo(beats: Times) -> float:
    """BPM of the tempo that holds for most of the time; 0.0 of fewer than two beats. beats: (n,) seconds, rising."""
    if len(beats) < 2:
        return 0.0
    intervals = np.sort(np.diff(beats))
    median = intervals[np.searchsorted(intervals.cumsum(), intervals.sum() / 2)]
    return float(60 / intervals[np.abs(intervals / median - 1) < MAX_TEMPO_DEVIATION].mean())


def is_compound(onsets: OnsetStrength, beats: Times) -> bool:
    """Whether beats are divided into three, as in 6/8 and 12/8: something begins at both thirds, rather than halves."""
    on_beat, first, half, second = parts_of_beats(onsets, beats)
    return min(first, second) > max(MIN_THIRDS * on_beat, HALVES_RATIO * half)


def parts_of_beats(onsets: OnsetStrength, beats: Times) -> tuple[float, float, float, float]:
    """How much begins on beats, a third of a beat after them, half of one, and two thirds: medians, over the floor."""
    parts = beats[:-1] + np.diff(beats) * np.array([1 / 3, 1 / 2, 2 / 3])[:, None]
    first, half, second = (float(np.median(onsets.at(times)) - onsets.floor) for times in parts)
    return float(np.median(onsets.at(beats)) - onsets.floor), first, half, second
