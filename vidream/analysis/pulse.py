"""Where each beat of a sound falls.

Beats are tracked along the sound's tempo by dynamic programming (Ellis 2007, "Beat tracking by dynamic programming", in
librosa), and each is moved to the very rise that it belongs to.

Which of several pulses is the beat? Tempi near 120 BPM are preferred, and three things are looked at beyond that:
- A bass drum that is struck steadily, 98 to 190 times a minute, is the beat, however loud what lies between is.
- Else the fastest pulse is halved while every other of its beats is much weaker, as long as what is left is usual.
- It is divided by three where every third is much stronger than the two after it (6/8, 12/8): the beat is a dotted
  quarter then, 50 to 120 a minute. A quick waltz has the same accents; under 165 BPM such a pulse is taken for 6/8 only
  if its groups of three come in unlike pairs, as from a bass drum and a snare drum in turn.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.onsets import CLEAR, FAINT, LEAD, Edges, Onsets
from vidream.analysis.tempo import (
    CANDIDATES,
    DRIFTING,
    LONG,
    LONG_HOP,
    SAME,
    TEMPI,
    Stretch,
    part_of,
    steady,
    stretches_of,
    usual,
    views_of,
)
from vidream.analysis.tracker import TIGHTNESS, tracked

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

ALTERNATION, CONTRAST = 6.0, 0.45  # how much a contrast between every other beat counts, and from where on
TRIPLING, TRIPLE_CONTRAST = 4.0, 0.25  # likewise, of every third
FLAT, HOLLOW = 0.20, 0.85  # contrasts of threes, under which there are none, and over which nothing is between them
DOTTED = (42.0, 120.0)  # BPM: what dotted quarters come to
WALTZ = 165.0  # BPM, under which three beats are a bar rather than a dotted quarter
PAIRED, UNLIKE = 0.10, 0.50  # contrast of neighbouring groups of three, and of their bass drums, that tells 6/8
WEAK = 0.15  # of the median beat: the first and last beats must come to that
FEWEST = 4  # beats
DIVIDED = 0.15  # of what begins on beats: so much at their thirds divides them
TIGHT = 1500.0  # tightness of the tracker along a steady bass drum
CLARITY = 0.12  # autocorrelation at the beat, 0..1, under which nothing beats
CLEAR_DRIFT = 0.2  # and by short views
KICKS = (98.0, 190.0)  # BPM of a bass drum on every beat
SLOWEST_KICKS = 60.0  # and if nothing comes halfway between two
KICKING = 0.6  # autocorrelation of the bass drum, from which on it is steady
KICKED = 0.4  # of all views, in which it must be
BETWEEN = 0.5  # of what begins with the bass drum: so much halfway between is something
REST = 0.1  # what all else counts, beside a bass drum on every beat
TRIAL, TRIAL_HOP = 4.0, 0.5  # s, about where a tempo changes, that its exact place is looked for; and between trials
GAP = 0.6  # beats, that must lie between the last of one tempo and the first of the next


@dataclass(frozen=True)
class Pulse:
    """What beats are tracked by, from index `begin` to before index `end` of the onset strength."""

    begin: int
    end: int
    accents: Onsets
    """How much a beat is expected, over the whole sound"""
    tempi: Floats
    """(end - begin,) BPM"""
    tightness: float = TIGHTNESS
    proven: bool = False
    """it need not be asked again whether anything beats"""

    @property
    def tempo(self) -> float:
        return float(np.median(self.tempi))

    def over(self, begin: int, end: int) -> "Pulse":
        """The same from another place to another; beyond its ends its tempo is that of the end."""
        at = np.clip(np.arange(begin, end) - self.begin, 0, len(self.tempi) - 1)
        return Pulse(begin, end, self.accents, self.tempi[at], self.tightness, self.proven)

    def tracked(self) -> Times:
        """Beats in s."""
        part = part_of(self.accents, self.begin, self.end)
        return tracked(part, self.tempi, self.tightness) + self.begin * part.hop


def beats_of(onsets: Onsets, kicks: Onsets, edges: Edges, duration: float) -> tuple[float, Times]:
    """Tempo in BPM, and the beats in s, (n,) float64; 0 BPM and none where nothing beats.

    kicks: what of the onsets is a bass drum, on the same grid.
    """
    beats = np.zeros(0)
    for pulse in _pulses_of(onsets, kicks):
        found = edges.nearest(pulse.tracked())
        found = _trimmed(pulse.accents, found[(found >= 0) & (found < duration)])
        enough = pulse.proven or (len(found) and onsets.at(found).mean() >= max(FAINT, CLEAR * onsets.floor))
        if len(found) < FEWEST or not enough:
            continue
        if len(beats):
            found = found[found > beats[-1] + GAP * 60 / pulse.tempo]
        beats = np.concatenate([beats, found])
    if len(beats) < FEWEST:
        return 0.0, np.zeros(0)
    return _mean_tempo(beats), beats


def _mean_tempo(beats: Times) -> float:
    """BPM of the tempo that holds for most of the time."""
    steps = np.sort(np.diff(beats))
    middle = steps[np.searchsorted(steps.cumsum(), steps.sum() / 2)]
    return float(60 / steps[np.abs(steps / middle - 1) < 0.1].mean())


def in_threes(onsets: Onsets, beats: Times) -> bool:
    """Whether beats are divided into three, as in 6/8 and 12/8: something begins at both thirds, rather than halves."""
    first, half, second = (
        float(np.median(onsets.at(beats[:-1] + np.diff(beats) * part)) - onsets.floor) for part in (1 / 3, 1 / 2, 2 / 3)
    )
    on = float(np.median(onsets.at(beats)) - onsets.floor)
    return min(first, second) > max(DIVIDED * on, 2 * half)


def _pulses_of(onsets: Onsets, kicks: Onsets) -> list[Pulse]:
    pulses: list[Pulse] = []
    last: Stretch | None = None
    for stretch in stretches_of(onsets):
        pulse = _pulse_of(onsets, kicks, stretch)
        if pulse and pulses and last and last.end == stretch.begin and not _differ(pulses[-1].tempo, pulse.tempo):
            stretch = last.joined(stretch)
            pulse = _pulse_of(onsets, kicks, stretch)
            pulses.pop()
        if pulse:
            pulses.append(pulse)
            last = stretch
    for index, (before, after) in enumerate(pairwise(pulses)):
        if before.end == after.begin:
            place = _change_between(pulses[index], after)
            pulses[index] = pulses[index].over(pulses[index].begin, place)
            pulses[index + 1] = after.over(place, after.end)
    return pulses


def _differ(tempo: float, other: float) -> bool:
    """Whether two tempi in BPM are more than one tempo counted in two ways."""
    octaves = abs(float(np.log2(tempo / other)))
    return min(octaves, abs(octaves - 1)) > SAME


def _change_between(before: Pulse, after: Pulse) -> int:
    """The index at which one pulse goes over into the next: where both track best what is on their side."""
    hop = before.accents.hop
    reach, step = round(TRIAL / hop), round(TRIAL_HOP / hop)
    first, last = max(before.begin, after.begin - 3 * reach), min(after.end, after.begin + 3 * reach)
    places = range(max(first + reach, after.begin - reach), min(last - reach, after.begin + reach) + 1, step)
    return max(places, key=lambda at: _fit(before.over(first, at)) + _fit(after.over(at, last)), default=after.begin)


def _fit(pulse: Pulse) -> float:
    """How well its beats fall on what begins, as the tracker reckons it; what nothing in particular gives is 0."""
    beats = pulse.tracked()
    if len(beats) < 2:
        return 0.0
    spread = float(pulse.accents.strength.std()) + 1e-9
    found = (pulse.accents.at(beats) - pulse.accents.strength.mean()) / spread - 1
    tempi = np.interp(beats[1:], (np.arange(pulse.begin, pulse.end)) * pulse.accents.hop - LEAD, pulse.tempi)
    off = np.square(np.log(np.diff(beats) * tempi / 60))
    return float(found.sum() - TIGHTNESS * off.sum())


def _trimmed(onsets: Onsets, beats: Times) -> Times:
    """Without the first and the last where nothing sounds."""
    excess = onsets.at(beats) - onsets.floor
    heard = np.flatnonzero(excess > WEAK * np.median(excess)) if len(beats) else beats
    return beats[heard[0] : heard[-1] + 1] if len(heard) else beats[:0]


def _pulse_of(onsets: Onsets, kicks: Onsets, stretch: Stretch) -> Pulse | None:
    """What beats in a stretch; None where nothing does."""
    begin, end = stretch.begin, stretch.end
    own, own_kicks = part_of(onsets, begin, end), part_of(kicks, begin, end)
    kicked = _kicked(own, own_kicks)
    if kicked is not None:
        return Pulse(begin, end, _accents(onsets, kicks), kicked, TIGHT, proven=True)
    tempi = _tempi_of(own, stretch)
    if tempi is None:
        return None
    level = _tapped(own, own_kicks, tempi)
    return Pulse(begin, end, onsets, tempi * np.float32(level))


def _kicked(onsets: Onsets, kicks: Onsets) -> Floats | None:
    """The tempo in BPM of a bass drum on every beat, at each value of its strength; None where there is none."""
    kicks = Onsets(np.minimum(kicks.strength, np.percentile(kicks.strength, 98) + 1e-9), kicks.hop)
    views = views_of(kicks, LONG, LONG_HOP)
    likely = np.log(views.products.mean(axis=0) + 1e-9) + usual(CANDIDATES)
    slowest, fastest = SLOWEST_KICKS, KICKS[1]
    inside = (slowest <= CANDIDATES) & (fastest >= CANDIDATES)
    best = int(np.argmax(np.where(inside, likely, -np.inf)))
    tempo = float(CANDIDATES[best])
    near = np.abs(np.log2(CANDIDATES / tempo)) < SAME
    if (views.clear[:, near].max(axis=1) >= KICKING).mean() < KICKED:
        return None
    tempi = _spread(views.centres / kicks.hop, steady(views, tempo), len(kicks.strength))
    if tempo < KICKS[0]:
        beats = tracked(kicks, tempi, TIGHT)
        struck = kicks.at(beats[:-1]) > 0.5 * kicks.strength.max()
        on, between = (onsets.at(each)[struck] - onsets.floor for each in (beats[:-1], (beats[1:] + beats[:-1]) / 2))
        if not struck.any() or np.median(between) > BETWEEN * np.median(on):
            return None
    return tempi


def _accents(onsets: Onsets, kicks: Onsets) -> Onsets:
    """Bass drums, and a little of all else that begins."""
    struck, all_else = (
        np.minimum(each.strength / (np.percentile(each.strength, 98) + 1e-9), 1) for each in (kicks, onsets)
    )
    return Onsets((struck + REST * all_else).astype(np.float32), onsets.hop)


def _tempi_of(onsets: Onsets, stretch: Stretch) -> Floats | None:
    """The tempo in BPM at each value of the onset strength, but for its level; None where nothing beats."""
    views = views_of(onsets, LONG, LONG_HOP)
    whole = np.log(views.products.mean(axis=0) + 1e-9) + usual(CANDIDATES)
    best = int(np.argmax(whole))
    is_steady = views.clear.mean(axis=0)[best] >= CLARITY
    drifts = float(np.log2(stretch.tempi.max() / stretch.tempi.min())) > DRIFTING
    if stretch.clarity > CLEAR_DRIFT and (drifts or not is_steady):
        return stretch.tempi
    if not is_steady:
        return None
    return _spread(views.centres / onsets.hop, steady(views, float(CANDIDATES[best])), len(onsets.strength))


def _spread(at: Times, tempi: Times, count: int) -> Floats:
    return np.interp(np.arange(count), at, tempi).astype(np.float32)


def _tapped(onsets: Onsets, kicks: Onsets, tempi: Floats) -> float:
    """By what to multiply the tempi to get those that one would tap."""
    tempo = float(np.median(tempi))
    level = float(2.0 ** np.floor(np.log2(TEMPI[1] * 1.02 / tempo)))
    while tempo * level / 2 >= TEMPI[0]:
        beats = tracked(onsets, tempi * np.float32(level))
        fast, half = usual(np.array([tempo * level, tempo * level / 2])).tolist()
        halved = ALTERNATION * (_contrast(onsets, beats, 2) - CONTRAST) + half - fast
        third = _third(onsets, kicks, beats, tempo * level)
        if third > max(0, halved):
            return level / 3
        if halved <= 0:
            break
        level /= 2
    return level


def _third(onsets: Onsets, kicks: Onsets, beats: Times, tempo: float) -> float:
    """How much speaks for every third of these beats as the beat: more than 0 does."""
    contrast = _contrast(onsets, beats, 3)
    if not DOTTED[0] <= tempo / 3 <= DOTTED[1] or not FLAT < contrast < HOLLOW:
        return -np.inf
    first = int(np.argmax([onsets.at(beats[at::3]).mean() for at in range(3)]))
    unlike = _contrast(kicks, beats[first::3], 2) > UNLIKE
    paired = unlike or _contrast(onsets, beats, 6) > PAIRED
    if tempo < WALTZ and not paired:
        return -np.inf
    fast, slow = usual(np.array([tempo, tempo / 3])).tolist()
    return float(TRIPLING * (contrast - TRIPLE_CONTRAST * (not unlike)) + slow - fast)


def _contrast(onsets: Onsets, beats: Times, every: int) -> float:
    """How much stronger every so manieth beat is than the next strongest of its group, 0..1.

    It is measured over few groups at a time, for the tracker may slip by a beat.
    """
    excess = np.maximum(0, onsets.at(beats) - onsets.floor)
    together = 8 if len(excess) >= 8 * every else len(excess) // every  # groups
    if not together:
        return 0.0
    means = excess[: len(excess) // (every * together) * every * together].reshape(-1, together, every).mean(axis=1)
    means.sort(axis=1)
    return float((means[:, -1] - means[:, -2]).sum() / (means[:, -1].sum() + 1e-9))
