"""What a musician says of a song's beats and sections, over what is heard in it."""

from dataclasses import dataclass, replace

import numpy as np

from vidream.analysis.beats import main_tempo
from vidream.analysis.form import METRES, find_bars
from vidream.analysis.samples import Floats, Times
from vidream.analysis.song import Events, SongAnalysis

ONSET_REACH = 0.05
"""Seconds from a beat to the onset that it falls on, at most."""

PHASE_DEVIATION = 0.02
"""Seconds: standard deviation of onsets about the even beats that they fall on."""

PHASE_STEP = 0.005
"""Seconds from one trial of the first beat to the next."""

BASS_DELAY = 0.03
"""Seconds after a beat at which its bass is measured."""

MOST_TRIALS = 2000
"""Onsets by which even beats are placed: the strongest."""

LEAST_SECTION = 1.0
"""Seconds before the first section that is given which are a section of their own; less of it belongs to the first."""


@dataclass(frozen=True, eq=False)
class GivenBeats:
    """What is given of a song's beats and sections; what is None is as it is heard."""

    tempo: float | None = None
    """BPM, of even beats from the first to the end"""
    first_beat: float | None = None
    """seconds, of the first beat, which begins a bar"""
    factor: float = 1.0
    """how many times the heard tempo it is: 0.5, 1 or 2"""
    metre: int | None = None
    """beats a bar"""
    times: Times | None = None
    """(n,) float64 seconds, rising: the beats themselves"""
    bars: Times | None = None
    """(m,) of `times`: those that begin a bar"""
    sections: Times | None = None
    """(k,) float64 seconds, rising, k > 0: where sections begin"""

    @property
    def of_beats(self) -> bool:
        """Whether anything is given of the beats."""
        said = self.tempo, self.first_beat, self.metre, self.times
        return self.factor != 1 or any(each is not None for each in said)


def with_beats(heard: SongAnalysis, given: GivenBeats) -> SongAnalysis:
    """The analysis of a song with the beats and the sections that are given; what is not given is as it is heard.

    Raises:
        ValueError: it lacks something to make beats of, as the end of a sentence.
    """
    song = heard
    if given.of_beats:
        song = _beating(heard, given)
    if given.sections is not None:
        sections = Events.regular(_from_the_start(given.sections))
        song = replace(song, events={**song.events, "sections": sections})
    return song


def _beating(heard: SongAnalysis, given: GivenBeats) -> SongAnalysis:
    """The analysis of a song with the beats that are given; its sections are moved to their bars."""
    beats = _beats(heard, given)
    beats = beats[(beats >= 0) & (beats < heard.duration)]
    metre, bars = _bars(heard, given, beats)
    tempo = given.tempo
    if tempo is None:
        tempo = main_tempo(beats)
    events = {
        **heard.events,
        "beats": Events.regular(beats),
        "bars": Events.regular(bars),
        "sections": Events.regular(_on_bars(heard.sections, bars)),
    }
    return replace(heard, tempo=tempo, metre=metre, events=events, sureness=1.0, other_tempo=0.0)


def _beats(heard: SongAnalysis, given: GivenBeats) -> Times:
    """(n,) seconds, rising; some may lie outside of the song."""
    if given.times is not None:
        return given.times
    if given.tempo is not None:
        first = given.first_beat
        if first is None:
            first = _first_even_beat(heard, 60 / given.tempo)
        return np.arange(first, heard.duration, 60 / given.tempo)
    if not heard.has_beats:
        raise ValueError("no beats are heard in it; give --tempo, or --beats")
    numbers = np.arange(len(heard.beats), dtype=np.float64)
    if given.factor < 1:
        numbers = numbers[_kept_half(heard) :: 2]
    elif given.factor > 1:
        numbers = np.arange(2 * len(heard.beats) - 1) / 2
    if given.first_beat is not None:
        begin = heard.beat_number(given.first_beat)
        numbers = np.arange(begin, len(heard.beats) - 0.5, 1 / given.factor)
        if not len(numbers):
            raise ValueError("no beats are heard in it from --first-beat on; give an earlier one, or --tempo")
    return np.array([heard.time_of_beat(number) for number in numbers])


def _first_even_beat(heard: SongAnalysis, interval: float) -> float:
    """The first of even beats: 0 <= s < interval, where most begins on them, the bass above all."""
    onsets = heard.events["onset"]
    strongest = np.argsort(onsets.strengths)[-MOST_TRIALS:]
    times = onsets.times[strongest]
    weights = onsets.strengths[strongest] * (0.5 + _bass(heard, times))
    phases = np.arange(0, interval, PHASE_STEP)
    if not len(times):
        return 0.0
    distances = (times[:, None] - phases + interval / 2) % interval - interval / 2
    fits = (weights[:, None] * np.exp(-0.5 * np.square(distances / PHASE_DEVIATION))).sum(axis=0)
    best = phases[np.argmax(fits)]
    offsets = (times - best + interval / 2) % interval - interval / 2
    near = np.exp(-0.5 * np.square(offsets / PHASE_DEVIATION)) * weights
    return float((best + (near * offsets).sum() / (near.sum() + 1e-9)) % interval)


def _bass(heard: SongAnalysis, times: Times) -> Floats:
    """(n,) how loud the bass is at times in seconds, 1 where it is loudest."""
    low = heard.signals["low"]
    indices = np.minimum(np.round((times + BASS_DELAY) / heard.hop).astype(int), len(low) - 1)
    return np.asarray(low[indices] / (low.max() + 1e-9), np.float32)


def _strengths(heard: SongAnalysis, times: Times) -> Floats:
    """(n,) how strong the onset is that each time falls on; 0 where there is none."""
    onsets = heard.events["onset"]
    if not len(onsets.times) or not len(times):
        return np.zeros(len(times), np.float32)
    after = np.clip(np.searchsorted(onsets.times, times), 1, max(1, len(onsets.times) - 1))
    found = np.zeros(len(times), np.float32)
    for indices in (after - 1, np.minimum(after, len(onsets.times) - 1)):
        near = np.abs(onsets.times[indices] - times) <= ONSET_REACH
        found = np.maximum(found, np.where(near, onsets.strengths[indices], 0))
    return found


def _kept_half(heard: SongAnalysis) -> int:
    """0 or 1: which of every two beats is kept: those that begin a bar; where bars begin on both, the stronger."""
    bars = heard.bars
    if heard.metre % 2 or not len(bars):
        bars = _find_bars(heard, heard.beats, 2)
    return int(np.abs(heard.beats - bars[0]).argmin()) % 2


def _find_bars(heard: SongAnalysis, beats: Times, metre: int) -> Times:
    """The beats that begin a bar of `metre` beats: those from which on the bass and what begins are strongest."""
    _, bars = find_bars(
        beats, _strengths(heard, beats), _bass(heard, beats), np.zeros(len(beats), np.float32), metres=(metre,)
    )
    return bars


def _bars(heard: SongAnalysis, given: GivenBeats, beats: Times) -> tuple[int, Times]:
    """Beats a bar, and the beats that begin one."""
    if given.bars is not None and len(given.bars) and given.metre is None:
        return _metre_of(beats, given.bars), given.bars
    metre = given.metre or heard.metre
    if given.first_beat is not None and given.times is None:
        return metre, beats[::metre]
    if given.factor != 1 and given.metre is None and len(heard.bars):
        return metre, beats[int(np.abs(beats - heard.bars[0]).argmin()) % metre :: metre]
    return metre, _find_bars(heard, beats, metre)


def _metre_of(beats: Times, bars: Times) -> int:
    """Beats a bar: what most bars have."""
    counts = np.diff(np.searchsorted(beats, bars))
    if not len(counts):
        return METRES[0]
    return max(1, int(np.bincount(counts).argmax()))


def _on_bars(sections: Times, bars: Times) -> Times:
    """Where sections begin, each moved to the bar that is nearest; the first stays."""
    if not len(bars) or len(sections) < 2:
        return sections
    nearest = bars[np.abs(sections[1:, None] - bars).argmin(axis=1)]
    return np.unique(np.concatenate([sections[:1], nearest[nearest > 0]]))


def _from_the_start(sections: Times) -> Times:
    """Where sections begin, the first at 0: what lies before the first is one, too, if it is no mere moment."""
    if sections[0] < LEAST_SECTION:
        sections = sections[1:]
    return np.concatenate([np.zeros(1), sections])
