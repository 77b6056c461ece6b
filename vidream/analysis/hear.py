"""Samples -> what is heard in them."""

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.compiled import prepare_compiled
from vidream.analysis.envelopes import SILENCE
from vidream.analysis.form import bars_of, change_at, sections_of
from vidream.analysis.heard import SongAnalysis
from vidream.analysis.kicks import kicks_of
from vidream.analysis.onsets import edges_of, onsets_of, struck
from vidream.analysis.pulse import beats_of, in_threes
from vidream.analysis.timbre import Timbre, timbre_of
from vidream.events import checkpoint

Floats = NDArray[np.float32]

RATE = 22_050  # Hz, that sounds are best brought to: windows and hops are meant for it


def hear(samples: Floats, rate: int = RATE) -> SongAnalysis:
    """Listen to a whole sound. The same samples give the same SongAnalysis.

    Args:
        samples: (N,) float32, mono, full scale 1, finite; N may be small.
        rate: Hz, 16,000 to 48,000.

    Time: some 4 s for five minutes. Memory: beside librosa (some 200 MB) and the samples, some 5 MB a minute.

    Raises:
        ValueError: it is not like that.
    """
    if samples.ndim != 1 or samples.dtype != np.float32 or not len(samples):
        raise ValueError(f"samples: (N,) float32 with N > 0, not {samples.shape} {samples.dtype}")
    if not 16_000 <= rate <= 48_000:
        raise ValueError(f"rate: 16000 to 48000 Hz, not {rate}")
    if not np.isfinite(samples).all():
        raise ValueError("samples: not all of them are numbers")
    prepare_compiled()
    duration = len(samples) / rate
    checkpoint()
    timbre = timbre_of(samples, rate)
    checkpoint()
    peak = max(float(samples.max()), -float(samples.min()))
    if peak < SILENCE:
        return _silent(duration, timbre)
    onsets, edges = onsets_of(samples, rate, peak), edges_of(samples, rate)
    checkpoint()
    tempo, beats = beats_of(onsets, kicks_of(samples, rate, peak), edges, duration)
    checkpoint()
    metre, bars = 4, beats
    if len(beats):
        low = timbre.low[np.minimum(np.round((beats + 0.03) / timbre.hop).astype(int), len(timbre.low) - 1)]
        change = change_at(beats, timbre.tones, timbre.hop)
        metre, bars = bars_of(beats, onsets.at(beats), low, change, in_threes(onsets, beats))
    checkpoint()
    times, strengths = struck(onsets, edges, duration)
    return SongAnalysis(
        duration=duration,
        tempo=tempo,
        beats=beats,
        bars=bars,
        metre=metre,
        sections=sections_of(bars, timbre.tones, timbre.hop, duration),
        onsets=times,
        onset_strengths=strengths,
        **_curves(timbre),
    )


def _curves(timbre: Timbre) -> dict[str, Any]:
    return {each.name: getattr(timbre, each.name) for each in fields(timbre) if each.name != "tones"}


def _silent(duration: float, timbre: Timbre) -> SongAnalysis:
    none = np.zeros(0)
    return SongAnalysis(duration, 0.0, none, none, 4, np.zeros(1), none, none.astype(np.float32), **_curves(timbre))
