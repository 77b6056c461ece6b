"""Samples -> the analysis of a sound, stage by stage."""

import numpy as np

from vidream.analysis.beats import find_beats, is_compound
from vidream.analysis.edges import measure_edges
from vidream.analysis.form import COMPOUND_METRES, METRES, chord_changes, find_bars, find_sections
from vidream.analysis.kicks import measure_kicks
from vidream.analysis.numba_cache import listening
from vidream.analysis.onsets import OnsetStrength, measure_onsets, pick_onsets
from vidream.analysis.samples import SAMPLE_RATE, SILENCE, Floats, Times
from vidream.analysis.song import Events, SongAnalysis
from vidream.analysis.sureness import measure_sureness
from vidream.analysis.timbre import Timbre, measure_timbre
from vidream.events import checkpoint

MIN_RATE, MAX_RATE = 16_000, 48_000
"""Hz between which a sound can be analysed."""

BASS_DELAY = 0.03
"""Seconds after a beat at which its bass is measured: a low note needs some time to sound."""


def analyse(samples: Floats, rate: int = SAMPLE_RATE) -> SongAnalysis:
    """Analyse a whole sound. Equal samples give equal analyses.

    Some 4 s for five minutes of sound, the first import of librosa apart. Memory: some 200 MB for librosa, the samples,
    and some 5 MB a minute.

    Args:
        samples: (N,) float32, mono, full scale 1, finite; N may be small.
        rate: Hz, 16,000 to 48,000.

    Raises:
        ValueError: samples or rate are not like that.
        Cancelled: asked for between two stages, or within one.
        MediaError: librosa needs a folder to write to, and there is none.
    """
    _check(samples, rate)
    with listening():
        return _stages(samples, rate)


def _stages(samples: Floats, rate: int) -> SongAnalysis:
    duration = len(samples) / rate
    checkpoint()
    timbre = measure_timbre(samples, rate)
    peak = max(float(samples.max()), -float(samples.min()))
    if peak < SILENCE:
        return _silence(duration, timbre)
    checkpoint()
    onsets = measure_onsets(samples, rate, peak)
    edges = measure_edges(samples, rate)
    checkpoint()
    kicks = measure_kicks(samples, rate, peak)
    checkpoint()
    tempo, beats = find_beats(onsets, kicks, edges, duration)
    checkpoint()
    metre, bars = _find_bars(beats, onsets, timbre)
    sureness, other_tempo = 0.0, 0.0
    if len(beats):
        sureness, other_tempo = measure_sureness(onsets, kicks, tempo, beats, metre)
    checkpoint()
    onset_times, onset_strengths = pick_onsets(onsets, edges, duration)
    sections = find_sections(bars, timbre.tones, timbre.hop, duration)
    events = {
        "beats": Events.regular(beats),
        "bars": Events.regular(bars),
        "sections": Events.regular(sections),
        "onset": Events(onset_times, onset_strengths),
    }
    return SongAnalysis(duration, tempo, metre, events, timbre.signals, timbre.hop, sureness, other_tempo)


def _check(samples: Floats, rate: int) -> None:
    if samples.ndim != 1 or samples.dtype != np.float32 or not len(samples):
        raise ValueError(f"samples: (N,) float32 with N > 0, not {samples.shape} {samples.dtype}")
    if not MIN_RATE <= rate <= MAX_RATE:
        raise ValueError(f"rate: {MIN_RATE} to {MAX_RATE} Hz, not {rate}")
    if not np.isfinite(samples).all():
        raise ValueError("samples: not all of them are numbers")


def _find_bars(beats: Times, onsets: OnsetStrength, timbre: Timbre) -> tuple[int, Times]:
    """The metre, and the beats that begin a bar."""
    if not len(beats):
        return METRES[0], beats
    bass = timbre.signals["low"]
    low = bass[np.minimum(np.round((beats + BASS_DELAY) / timbre.hop).astype(int), len(bass) - 1)]
    changes = chord_changes(beats, timbre.tones, timbre.hop)
    metres = METRES
    if is_compound(onsets, beats):
        metres = COMPOUND_METRES
    return find_bars(beats, onsets.at(beats), low, changes, metres)


def _silence(duration: float, timbre: Timbre) -> SongAnalysis:
    """The analysis of a sound in which nothing is heard: one section, and no other event."""
    events = {name: Events.regular(np.zeros(0)) for name in ("beats", "bars", "onset")}
    events["sections"] = Events.regular(np.zeros(1))
    return SongAnalysis(duration, 0.0, METRES[0], events, timbre.signals, timbre.hop, sureness=0.0)
