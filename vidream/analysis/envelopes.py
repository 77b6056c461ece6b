"""What was heard -> one value for each frame of a film.

An envelope holds each peak for as long as it takes to let go: it rises into a peak by `attack` and falls from it by
`release`, both exponential, and never lowers or delays one. The rise looks ahead, so that the peak itself falls on the
frame nearest to what is heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.heard import SongAnalysis
from vidream.errors import ConfigError, nearest

Floats = NDArray[np.float32]

SILENCE = 10 ** (-70 / 20)  # rms, of full scale: quieter than that is nothing
BESIDE = 10 ** (-50 / 20)  # of the whole's loudness: a band that is weaker than that is nothing
LOUDEST, QUIETEST = 99, 5  # percentiles, of what is heard at all, that become 1 and 0
DYNAMICS = 40.0  # dB, at most, between loudness 1 and 0
STEADY = 0.25  # of the loudest: a band's 0 lies no higher, or what never changes would be noise about its mean


@dataclass(frozen=True)
class Kind:
    """How an envelope is made: `of` pulses at times, of a level in dB or of an amplitude; attack and release in s."""

    of: Literal["pulses", "level", "amplitude"]
    attack: float
    release: float


ENVELOPES: Mapping[str, Kind] = {
    "beats": Kind("pulses", 0.04, 0.20),
    "bars": Kind("pulses", 0.06, 0.50),
    "sections": Kind("pulses", 0.20, 2.00),
    "onset": Kind("pulses", 0.02, 0.12),
    "loudness": Kind("level", 0.05, 0.30),
    "low": Kind("amplitude", 0.02, 0.15),
    "mid": Kind("amplitude", 0.03, 0.15),
    "high": Kind("amplitude", 0.02, 0.10),
    "percussive": Kind("amplitude", 0.02, 0.12),
    "harmonic": Kind("amplitude", 0.10, 0.40),
}
"""Name -> how it is made."""


def envelope(
    heard: SongAnalysis, name: str, fps: Fraction, count: int, attack: float | None = None, release: float | None = None
) -> Floats:
    """(count,) float32, 0..1: one value for each frame at `fps`; all 0 in silence, and after the sound's end.

    Frame k is on screen from k / fps on; what is heard at t s peaks on frame round(t * fps).

    Args:
        name: one of ENVELOPES.
        attack: s in which it rises to a peak from 1/e of it; None: as ENVELOPES has it; 0: at once.
        release: s in which it falls to 1/e; likewise.

    Raises:
        ConfigError: there is no such envelope; or a time is negative.
    """
    if name not in ENVELOPES:
        raise ConfigError(f"envelope: {name!r} is not known; {nearest(name, ENVELOPES)}")
    kind = ENVELOPES[name]
    attack = kind.attack if attack is None else attack
    release = kind.release if release is None else release
    if not (attack >= 0 and release >= 0):
        raise ConfigError(f"envelope {name}: attack {attack:g} and release {release:g} are seconds, 0 or more")
    if kind.of == "pulses":
        values = _pulses(heard, name, fps, count)
    else:
        curve = scaled(heard, name)
        values = _sampled(curve, heard.hop, fps, count)
    values = _held(values, release * float(fps))
    return _held(values[::-1], attack * float(fps))[::-1].astype(np.float32)


def _pulses(heard: SongAnalysis, name: str, fps: Fraction, count: int) -> Floats:
    times = heard.onsets if name == "onset" else getattr(heard, name)
    heights = heard.onset_strengths if name == "onset" else np.ones(len(times), np.float32)
    if not heard.loudness.max(initial=0.0) > SILENCE:
        times, heights = times[:0], heights[:0]
    return _at_frames(times, heights, fps, count)


def _at_frames(times: NDArray[np.float64], heights: Floats, fps: Fraction, count: int) -> Floats:
    frames = np.floor(times * float(fps) + 0.5).astype(int)
    inside = (frames >= 0) & (frames < count)
    values = np.zeros(count, np.float32)
    np.maximum.at(values, frames[inside], heights[inside])
    return values


def _sampled(curve: Floats, hop: float, fps: Fraction, count: int) -> Floats:
    """Each frame has what the curve is at its time, or the highest of what is nearer to it than to any other."""
    own = np.arange(len(curve), dtype=np.float64) * hop
    at_time = np.interp(np.arange(count) / float(fps), own, curve, right=0.0).astype(np.float32)
    return np.maximum(at_time, _at_frames(own, curve, fps, count))


def _held(values: Floats, frames: float) -> Floats:
    """Each value, or what is left of those before it, falling to 1/e in so many frames."""
    kept = float(np.exp(-1 / frames)) if frames > 0 else 0.0
    held = np.empty_like(values)
    last = 0.0
    for index, value in enumerate(values):
        last = max(float(value), last * kept)
        held[index] = last
    return held


def scaled(heard: SongAnalysis, name: str) -> Floats:
    """One of its curves, 0..1 between what is quiet and what is loud in it: (T,) float32."""
    curve: Floats = getattr(heard, name)
    whole = heard.loudness[heard.loudness > SILENCE]
    least = max(SILENCE, BESIDE * float(np.percentile(whole, LOUDEST))) if len(whole) else np.inf
    audible = curve[curve > SILENCE]
    if not len(audible) or np.percentile(audible, LOUDEST) < least:
        return np.zeros_like(curve)
    quiet, loud = (float(value) for value in np.percentile(audible, (QUIETEST, LOUDEST)))
    if ENVELOPES[name].of == "level":
        decibels = 20 * np.log10(np.maximum(curve, SILENCE) / loud)
        bottom = min(max(20 * np.log10(quiet / loud), -DYNAMICS), 20 * np.log10(STEADY))
        values = 1 - decibels / bottom
    else:
        bottom = min(quiet, STEADY * loud)
        values = (curve - bottom) / (loud - bottom)
    return np.where(curve > SILENCE, np.clip(values, 0, 1), 0).astype(np.float32)
