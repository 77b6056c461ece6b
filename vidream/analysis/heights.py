"""How high each beat is: as loud as it is in its song, so that a break is calm."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from vidream.analysis.samples import SILENCE, Floats, Times
from vidream.analysis.song import Events, SongAnalysis

LEAST = 0.1
"""Height of the softest beat that can be heard."""

FULL_PERCENTILE, TOLERANCE = 75, 1.5
"""Percentile of the beats' levels, and decibels under it, from which on a beat has full height."""

QUIET_PERCENTILE, DYNAMICS = 5, (12.0, 24.0)
"""Percentile of the beats' levels that has the LEAST height; and how many decibels under full height it is at least, at
most: a song of one loudness has no soft beats, and one that fades out at its end is no lower before."""

SPAN = 0.12
"""Seconds from a beat on in which its level is measured, or until the next one where that comes earlier."""


def with_even_heights(analysis: SongAnalysis) -> SongAnalysis:
    """The analysis with beats and bars that are all as high as can be, as they are found."""
    return analysis


def with_loud_heights(analysis: SongAnalysis) -> SongAnalysis:
    """The analysis with beats and bars as strong as they are loud."""
    beats = beat_heights(analysis)
    bars = np.interp(analysis.bars, analysis.beats, beats).astype(np.float32) if analysis.has_beats else beats
    events = {**analysis.events, "beats": Events(analysis.beats, beats), "bars": Events(analysis.bars, bars)}
    return replace(analysis, events=events)


def beat_heights(analysis: SongAnalysis) -> Floats:
    """(n,) float32: how high each beat is; 0 in silence, LEAST for the softest that can be heard, 1 for loud ones.

    It rises with the loudness, in decibels, at the beat. It is the median over the bar around it: one soft beat among
    loud ones is as high as they are, and where a break ends the next beat is high at once.
    """
    beats = analysis.beats
    if not len(beats):
        return np.zeros(0, np.float32)
    levels = _levels(analysis.signals["loudness"], beats, analysis.hop)
    decibels = 20 * np.log10(np.maximum(levels, SILENCE))
    reach = analysis.metre // 2
    padded = np.pad(decibels, reach, "edge")
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)
    quiet, full = np.percentile(smooth, (QUIET_PERCENTILE, FULL_PERCENTILE))
    return np.where(levels > SILENCE, heights_of(smooth, quiet, full), 0).astype(np.float32)


def heights_of(decibels: Floats, quiet: float, full: float) -> Floats:
    """How high beats are that are so loud: (n,) LEAST to 1.

    Args:
        decibels: (n,) that can be heard.
        quiet: decibels of the QUIET_PERCENTILE of all beats.
        full: decibels of the FULL_PERCENTILE.
    """
    full -= TOLERANCE
    shares = 1 + (decibels - full) / np.clip(full - quiet, *DYNAMICS)
    return np.asarray(LEAST + (1 - LEAST) * np.clip(shares, 0, 1), np.float32)


def _levels(signal: Floats, beats: Times, hop: float) -> Floats:
    """(n,) the highest of a signal from each beat to SPAN after it, or to the next."""
    ends = np.minimum(beats + SPAN, np.append(beats[1:], np.inf))
    starts = np.clip(np.round(beats / hop).astype(int), 0, len(signal) - 1)
    stops = np.clip(np.round(ends / hop).astype(int), starts + 1, len(signal))
    return np.array([signal[start:stop].max() for start, stop in zip(starts, stops, strict=True)], np.float32)


HEIGHTS: Mapping[str, Callable[[SongAnalysis], SongAnalysis]] = {"loud": with_loud_heights, "even": with_even_heights}
"""By the name that --beat-height has."""
