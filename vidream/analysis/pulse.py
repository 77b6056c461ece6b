"""What beats in each part of a sound: a bass drum that is struck steadily, or else all that begins.

A bass drum that is struck steadily, 98 to 190 times a minute, is the beat, however loud what lies between its blows is.
Otherwise the tempo is that of all onsets, and `octave` tells which multiple of it is the beat.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vidream.analysis.octave import resolve_octave
from vidream.analysis.onsets import PADDING, OnsetStrength
from vidream.analysis.samples import Floats, Times
from vidream.analysis.segments import TempoSegment, tempo_segments
from vidream.analysis.tempogram import SAME_TEMPO, TEMPI, mean_likelihood, steady_tempi, tempogram
from vidream.analysis.tracker import TIGHTNESS, track_beats

MIN_CORRELATION = 0.12
"""Autocorrelation at the beat, 0..1, in long windows, under which nothing beats steadily."""

MIN_DRIFT_CORRELATION = 0.2
"""Autocorrelation at the beat, 0..1, in short windows, under which nothing beats in a tempo that drifts."""

MIN_DRIFT = 0.2
"""Octaves between the slowest and the fastest tempo of a segment, from which on it drifts rather than being steady."""

KICK_TEMPO_RANGE = (98.0, 190.0)
"""BPM of a bass drum on every beat, whatever lies between."""

MIN_BARE_KICK_TEMPO = 60.0
"""BPM of a bass drum on every beat where nothing is struck halfway between two."""

KICK_TIGHTNESS = 1500.0
"""What a beat off the tempo of a steady bass drum costs the tracker: it hardly strays."""

MIN_KICK_CORRELATION, MIN_KICK_SHARE = 0.6, 0.4
"""Autocorrelation of the bass drum, 0..1, from which on it is steady; and the share of all windows where it must be."""

MAX_OFFBEAT = 0.5
"""What begins halfway between two blows of a slow bass drum, over what begins with them: with more, it is no beat."""

OTHER_ONSETS_WEIGHT = 0.1
"""What all other onsets count beside the blows of a steady bass drum."""

CHANGE_REACH, CHANGE_STEP = 4.0, 0.5
"""Seconds before and after a change of tempo in which its exact place is looked for, and from one trial to the next."""


@dataclass(frozen=True)
class Pulse:
    """What beats are tracked by, from index `begin` to before index `end` of the onset strength."""

    begin: int
    """index of its first value"""
    end: int
    """index after its last value"""
    accents: OnsetStrength
    """how much a beat is expected, over the whole sound"""
    tempi: Floats
    """(end - begin,) BPM"""
    tightness: float = TIGHTNESS
    """what a beat off the tempo costs the tracker"""
    certain: bool = False
    """that something beats is known, and need not be asked of the onsets"""

    @property
    def tempo(self) -> float:
        """BPM: the median."""
        return float(np.median(self.tempi))

    def over(self, begin: int, end: int) -> "Pulse":
        """This pulse from index `begin` to before `end`; beyond its ends its tempo is that of the end."""
        indices = np.clip(np.arange(begin, end) - self.begin, 0, len(self.tempi) - 1)
        return Pulse(begin, end, self.accents, self.tempi[indices], self.tightness, self.certain)

    def track(self) -> Times:
        """Its beats: (n,) seconds."""
        part = self.accents.part(self.begin, self.end)
        return track_beats(part, self.tempi, self.tightness) + self.begin * part.hop


def find_pulses(onsets: OnsetStrength, kicks: OnsetStrength) -> list[Pulse]:
    """The pulses of a sound, in order; none where nothing beats. kicks: the bass drum's part of the onsets."""
    pulses: list[Pulse] = []
    previous: TempoSegment | None = None
    for segment in tempo_segments(onsets):
        pulse, part = _find_pulse(onsets, kicks, segment), segment
        adjacent = previous is not None and previous.end == segment.begin
        if pulse and pulses and previous and adjacent and _is_same_tempo(pulses[-1].tempo, pulse.tempo):
            part = previous.join(segment)
            pulse = _find_pulse(onsets, kicks, part)
            pulses.pop()
        if pulse:
            pulses.append(pulse)
            previous = part
    for index, (earlier, later) in enumerate(pairwise(pulses)):
        if earlier.end == later.begin:
            change = _locate_change(pulses[index], later)
            pulses[index] = pulses[index].over(pulses[index].begin, change)
            pulses[index + 1] = later.over(change, later.end)
    return pulses


def _is_same_tempo(tempo: float, other: float) -> bool:
    """Whether two tempi in BPM are one, perhaps counted in halves."""
    octaves = abs(float(np.log2(tempo / other)))
    return min(octaves, abs(octaves - 1)) <= SAME_TEMPO


def _locate_change(earlier: Pulse, later: Pulse) -> int:
    """The index at which one pulse goes over into the next: where both track best what is on their side."""
    hop = earlier.accents.hop
    reach, step = round(CHANGE_REACH / hop), round(CHANGE_STEP / hop)
    first, last = max(earlier.begin, later.begin - 3 * reach), min(later.end, later.begin + 3 * reach)
    trials = range(max(first + reach, later.begin - reach), min(last - reach, later.begin + reach) + 1, step)

    def fit(index: int) -> float:
        return _fit(earlier.over(first, index)) + _fit(later.over(index, last))

    return max(trials, key=fit, default=later.begin)


def _fit(pulse: Pulse) -> float:
    """How well its beats fall on the accents, by the tracker's own measure, less what beats anywhere would have."""
    beats = pulse.track()
    if len(beats) < 2:
        return 0.0
    accents = pulse.accents
    deviation = float(accents.values.std()) + 1e-9
    strengths = (accents.at(beats) - accents.values.mean()) / deviation - 1
    times = np.arange(pulse.begin, pulse.end) * accents.hop - PADDING
    tempi = np.interp(beats[1:], times, pulse.tempi)
    deviations = np.square(np.log(np.diff(beats) * tempi / 60))
    return float(strengths.sum() - TIGHTNESS * deviations.sum())


def _find_pulse(onsets: OnsetStrength, kicks: OnsetStrength, segment: TempoSegment) -> Pulse | None:
    """What beats in a segment; None where nothing does."""
    begin, end = segment.begin, segment.end
    onsets_part, kicks_part = onsets.part(begin, end), kicks.part(begin, end)
    kick_tempi = _kick_tempi(onsets_part, kicks_part)
    if kick_tempi is not None:
        return Pulse(begin, end, _kick_accents(onsets, kicks), kick_tempi, KICK_TIGHTNESS, certain=True)
    tempi = _onset_tempi(onsets_part, segment)
    if tempi is None:
        return None
    return Pulse(begin, end, onsets, tempi * np.float32(resolve_octave(onsets_part, kicks_part, tempi)))


def _kick_tempi(onsets: OnsetStrength, kicks: OnsetStrength) -> Floats | None:
    """(T,) BPM, at each value, of a bass drum on every beat; None where there is none."""
    kicks = OnsetStrength(np.minimum(kicks.values, np.percentile(kicks.values, 98) + 1e-9), kicks.hop)
    long = tempogram(kicks)
    slowest, fastest = np.searchsorted(TEMPI, (MIN_BARE_KICK_TEMPO, KICK_TEMPO_RANGE[1]))
    tempo = float(TEMPI[slowest + np.argmax(mean_likelihood(long)[slowest:fastest])])
    near = np.abs(np.log2(TEMPI / tempo)) < SAME_TEMPO
    is_steady = long.correlations[:, near].max(axis=1) >= MIN_KICK_CORRELATION
    if is_steady.mean() < MIN_KICK_SHARE:
        return None
    tempi = steady_tempi(long, tempo, kicks.hop, len(kicks.values))
    if tempo < KICK_TEMPO_RANGE[0] and not _is_bare(onsets, kicks, tempi):
        return None
    return tempi


def _is_bare(onsets: OnsetStrength, kicks: OnsetStrength, tempi: Floats) -> bool:
    """Whether little begins halfway between two blows of a bass drum."""
    beats = track_beats(kicks, tempi, KICK_TIGHTNESS)
    has_kick = kicks.at(beats[:-1]) > 0.5 * kicks.values.max()
    if not has_kick.any():
        return False
    on, between = (onsets.at(times)[has_kick] - onsets.floor for times in (beats[:-1], (beats[1:] + beats[:-1]) / 2))
    return bool(np.median(between) <= MAX_OFFBEAT * np.median(on))


def _kick_accents(onsets: OnsetStrength, kicks: OnsetStrength) -> OnsetStrength:
    """The blows of a bass drum, and a little of all else that begins."""
    kick_values, onset_values = (
        np.minimum(strength.values / (np.percentile(strength.values, 98) + 1e-9), 1) for strength in (kicks, onsets)
    )
    return OnsetStrength((kick_values + OTHER_ONSETS_WEIGHT * onset_values).astype(np.float32), onsets.hop)


def _onset_tempi(onsets: OnsetStrength, segment: TempoSegment) -> Floats | None:
    """(T,) BPM, at each value, of a segment but for its octave; None where nothing beats."""
    long = tempogram(onsets)
    best = int(np.argmax(mean_likelihood(long)))
    is_steady = long.correlations.mean(axis=0)[best] >= MIN_CORRELATION
    drifts = float(np.log2(segment.tempi.max() / segment.tempi.min())) > MIN_DRIFT
    if segment.correlation > MIN_DRIFT_CORRELATION and (drifts or not is_steady):
        return segment.tempi
    if not is_steady:
        return None
    return steady_tempi(long, float(TEMPI[best]), onsets.hop, len(onsets.values))
