"""The analysis of a sound -> one value for each frame of a film.

An envelope holds each peak for as long as it takes to let go: it rises into a peak by `attack` and falls from it by
`release`, both exponential, and never lowers or delays one. The rise looks ahead, so that the peak itself falls on the
frame nearest to the sound's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from vidream.analysis.samples import SILENCE, Floats, Times
from vidream.analysis.song import SongAnalysis
from vidream.errors import ConfigError, nearest
from vidream.text import figure

MIN_LEVEL = 10 ** (-50 / 20)
"""Of the loudest that the whole sound is: a signal that never reaches it is taken for silence."""

LOUD_PERCENTILE, QUIET_PERCENTILE = 99, 5
"""Percentiles of what of a signal is no silence, that become 1 and 0."""

MAX_DYNAMICS = 40.0
"""Decibels between 1 and 0 of an envelope in decibels, at most."""

MAX_FLOOR = 0.25
"""Of the loudest: a signal's 0 lies no higher, or one that never changes would be noise about its mean."""


@dataclass(frozen=True)
class EnvelopeShape:
    """How an envelope is made of a track."""

    scale: Literal["events", "decibels", "amplitude"]
    """`events`: peaks as high as each event is strong; the others: of a signal, in decibels or as it is"""
    attack: float
    """seconds in which it rises to a peak, from 1/e of it"""
    release: float
    """seconds in which it falls from a peak to 1/e of it"""


ENVELOPES: Mapping[str, EnvelopeShape] = {
    "beats": EnvelopeShape("events", 0.04, 0.20),
    "bars": EnvelopeShape("events", 0.06, 0.50),
    "sections": EnvelopeShape("events", 0.20, 2.00),
    "onset": EnvelopeShape("events", 0.02, 0.12),
    "loudness": EnvelopeShape("decibels", 0.05, 0.30),
    "low": EnvelopeShape("amplitude", 0.02, 0.15),
    "mid": EnvelopeShape("amplitude", 0.03, 0.15),
    "high": EnvelopeShape("amplitude", 0.02, 0.10),
    "percussive": EnvelopeShape("amplitude", 0.02, 0.12),
    "harmonic": EnvelopeShape("amplitude", 0.10, 0.40),
}
"""How each track of a SongAnalysis is followed, by its name: vidream.clock.FOLLOWED."""


def envelope(
    analysis: SongAnalysis,
    name: str,
    fps: Fraction,
    count: int,
    attack: float | None = None,
    release: float | None = None,
) -> Floats:
    """How strong a track of a song is at each frame of a film; 0 in silence, and after the sound's end.

    Frame k is on screen from k / fps on; what sounds at t seconds peaks on frame round(t * fps).

    Args:
        analysis: the song's.
        name: of a track, one of ENVELOPES.
        fps: frames a second of the film.
        count: how many frames.
        attack: seconds in which it rises to a peak from 1/e of it; None: as ENVELOPES has it; 0: at once.
        release: seconds in which it falls to 1/e; None and 0 likewise.

    Returns:
        (count,) float32, 0..1.

    Raises:
        ConfigError: there is no such track; or a time is negative.
    """
    if name not in ENVELOPES:
        raise ConfigError(f"envelope: {name!r} is not known; {nearest(name, ENVELOPES)}")
    shape = ENVELOPES[name]
    attack = shape.attack if attack is None else attack
    release = shape.release if release is None else release
    if not (attack >= 0 and release >= 0):
        raise ConfigError(
            f"envelope {name}: attack {figure(attack)} and release {figure(release)} are seconds, 0 or more"
        )
    if shape.scale == "events":
        values = _event_peaks(analysis, name, fps, count)
    else:
        values = _sample(normalise(analysis, name), analysis.hop, fps, count)
    return with_tails(values, fps, attack, release)


def peaks(times: Times, heights: Floats, fps: Fraction, count: int, attack: float, release: float) -> Floats:
    """An envelope of moments: on the frame nearest to each, as high as it is; the highest of those on one frame.

    Args:
        times: (n,) seconds.
        heights: (n,) 0..1.
        fps: frames a second of the film.
        count: how many frames.
        attack: seconds in which it rises to a peak from 1/e of it.
        release: seconds in which it falls to 1/e.

    Returns:
        (count,) float32, 0..1.
    """
    return with_tails(_at_frames(times, heights, fps, count), fps, attack, release)


def with_tails(values: Floats, fps: Fraction, attack: float, release: float) -> Floats:
    """Values at each frame, (count,), with a rise before each peak and a fall after it, both in seconds to 1/e."""
    values = _decay(values, release * float(fps))
    return _decay(values[::-1], attack * float(fps))[::-1].astype(np.float32)


def _event_peaks(analysis: SongAnalysis, name: str, fps: Fraction, count: int) -> Floats:
    """(count,) the strength of the events on each frame, 0 elsewhere and in silence."""
    if not analysis.signals["loudness"].max(initial=0.0) > SILENCE:
        return np.zeros(count, np.float32)
    events = analysis.events[name]
    return _at_frames(events.times, events.strengths, fps, count)


def _at_frames(times: Times, heights: Floats, fps: Fraction, count: int) -> Floats:
    """(count,) the highest of what falls on each frame, 0 elsewhere; times and heights: (n,)."""
    frames = np.floor(times * float(fps) + 0.5).astype(int)
    inside = (frames >= 0) & (frames < count)
    values = np.zeros(count, np.float32)
    np.maximum.at(values, frames[inside], heights[inside])
    return values


def _sample(signal: Floats, hop: float, fps: Fraction, count: int) -> Floats:
    """(count,) what a signal is at each frame's time, or the highest of what is nearer to it than to any other."""
    times = np.arange(len(signal), dtype=np.float64) * hop
    at_time = np.interp(np.arange(count) / float(fps), times, signal, right=0.0).astype(np.float32)
    return np.maximum(at_time, _at_frames(times, signal, fps, count))


def _decay(values: Floats, frames: float) -> Floats:
    """Each value, or what is left of those before it, which fall to 1/e in so many frames."""
    factor = 0.0
    if frames > 0:
        factor = float(np.exp(-1 / frames))
    decayed = np.empty_like(values)
    level = 0.0
    for index, value in enumerate(values):
        level = max(float(value), level * factor)
        decayed[index] = level
    return decayed


def normalise(analysis: SongAnalysis, name: str) -> Floats:
    """A signal of a song, from 0 where it is quiet to 1 where it is loud: (T,) float32."""
    signal, loudness = analysis.signals[name], analysis.signals["loudness"]
    audible, audible_loudness = signal[signal > SILENCE], loudness[loudness > SILENCE]
    if not len(audible) or not len(audible_loudness):
        return np.zeros_like(signal)
    least = max(SILENCE, MIN_LEVEL * float(np.percentile(audible_loudness, LOUD_PERCENTILE)))
    quiet, loud = (float(value) for value in np.percentile(audible, (QUIET_PERCENTILE, LOUD_PERCENTILE)))
    if loud < least:
        return np.zeros_like(signal)
    return scaled(signal, ENVELOPES[name].scale, quiet, loud)


def scaled(signal: Floats, scale: str, quiet: float, loud: float) -> Floats:
    """Amplitudes, (T,), as levels: 1 where they are `loud`, 0 where they are `quiet`, or far below loud.

    Args:
        signal: of full scale; 0 is given for what is silence.
        scale: "decibels" or "amplitude".
        quiet: SILENCE or more, no more than loud.
        loud: over SILENCE.

    Returns:
        (T,) float32, 0..1.
    """
    if scale == "decibels":
        decibels = 20 * np.log10(np.maximum(signal, SILENCE) / loud)
        floor = min(max(20 * np.log10(quiet / loud), -MAX_DYNAMICS), 20 * np.log10(MAX_FLOOR))
        values = 1 - decibels / floor
    else:
        floor = min(quiet, MAX_FLOOR * loud)
        values = (signal - floor) / (loud - floor)
    return np.where(signal > SILENCE, np.clip(values, 0, 1), 0).astype(np.float32)
