"""How fast a sound beats, over time.

Tempo is read from a product of two views of the onset strength (Peeters 2007, "Template-based estimation of
time-varying tempo"): its spectrum peaks at f, 2f, 3f, its autocorrelation at f, f/2, f/3, and both at f alone. That is
what keeps 70 BPM from being taken for 140, and 174 for 87.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.onsets import Onsets

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

TEMPI = (40.0, 240.0)  # BPM
TEMPO_STEP = 1.005  # from one candidate to the next
CANDIDATES = np.geomspace(*TEMPI, 1 + round(np.log(TEMPI[1] / TEMPI[0]) / np.log(TEMPO_STEP)))
USUAL, SPREAD = 120.0, 1.0  # BPM, octaves: where tempi are expected (Ellis 2007)
LONG, LONG_HOP = 12.0, 3.0  # s: views that tell a steady tempo best
SHORT, SHORT_HOP = 5.0, 1.5  # s: views that tell best when it changes
NEARNESS = 10.0  # what it costs a long view's tempo to be another than all's, per squared octave
ZOOM_STEP_EXPONENT = 400.0  # and than the last view's
DRIFT, JUMP = 13.0, 10.0  # what it costs a short view's to be another than the last's: per octave, and at most
LEVELS = (1.0, 2.0, float(np.log2(3)))  # octaves between tempi of one pulse counted in twos, fours or threes
SAME = 0.043  # octaves: 3 %, within which two tempi are one
SUDDEN = 0.05  # octaves from one short view to the next: more is another tempo, less is the same that drifts
LEVEL, FLAT = 3, 0.015  # short views, and octaves that they lie within: before and after what is a jump, too
SHORTEST = 8.0  # s that a tempo must hold, to be one of its own
DRIFTING = 0.2  # octaves between the slowest and the fastest of a stretch, from which on it is not taken for steady


@dataclass(frozen=True)
class Views:
    """What tempi there may be around some times of a sound."""

    centres: Times
    """(n,) s, from the first value of the strength on"""
    products: Times
    """(n, CANDIDATES) >= 0: how likely each is"""
    clear: Times
    """(n, CANDIDATES) -1..1: how like itself the sound is, one beat of that tempo later"""


@dataclass(frozen=True)
class Stretch:
    """Part of a sound, from index `begin` to before index `end` of the onset strength, whose tempo does not jump."""

    begin: int
    end: int
    tempi: Floats
    """(end - begin,) BPM: the likeliest at each value by short views"""
    clarity: float
    """-1..1: the mean of how like itself the sound is one such beat later"""

    def joined(self, after: "Stretch") -> "Stretch":
        """This one and the next as one."""
        sizes = [len(self.tempi), len(after.tempi)]
        clarity = float(np.average([self.clarity, after.clarity], weights=sizes))
        return Stretch(self.begin, after.end, np.concatenate([self.tempi, after.tempi]), clarity)


def usual(tempi: Times) -> Times:
    """How expected tempi in BPM are: the logarithm of a likelihood, highest at 120 BPM."""
    return np.asarray(-0.5 * np.square(np.log2(tempi / USUAL) / SPREAD))


def views_of(onsets: Onsets, width: float, hop: float) -> Views:
    """Views of `width` s each `hop` s; at least one."""
    strength = onsets.strength
    size, step = min(len(strength), round(width / onsets.hop)), round(hop / onsets.hop)
    starts = np.arange(0, len(strength) - size + 1, step)
    views = [_view(strength[at : at + size], onsets.hop) for at in starts]
    products, clear = (np.array([view[which] for view in views]) for which in (0, 1))
    return Views(np.asarray((starts + size / 2) * onsets.hop, np.float64), products, clear)


def _view(part: Floats, hop: float) -> tuple[Times, Times]:
    size = 1 << (2 * len(part) - 1).bit_length()
    part = part - part.mean()
    windowed = part * np.hanning(len(part))
    power = np.square(np.abs(np.fft.rfft(part, size)))
    correlation = np.fft.irfft(power)[: size // 2]
    correlation /= correlation[0] + 1e-9
    magnitude = np.abs(np.fft.rfft(windowed, size))
    magnitude /= np.sqrt(np.square(windowed).sum() * len(part) / 2) + 1e-9
    lags = 60 / CANDIDATES / hop
    fill = len(part) / (len(part) - lags)
    at_lag = np.interp(lags, np.arange(len(correlation)), correlation) * fill
    at_tempo = np.interp(CANDIDATES / 60 * hop * size, np.arange(len(magnitude)), magnitude)
    return at_tempo * np.maximum(0, at_lag), at_lag


def steady(views: Views, tempo: float) -> Times:
    """The likeliest tempo in each view, near `tempo` and without needless change: (n,) BPM."""
    octaves = np.log2(CANDIDATES)
    near = -NEARNESS * np.square(octaves - np.log2(tempo))
    change = ZOOM_STEP_EXPONENT * np.square(octaves[:, None] - octaves[None, :])
    return np.asarray(CANDIDATES[_cheapest(np.log(views.products + 0.01) + near, change)])


def stretches_of(onsets: Onsets) -> list[Stretch]:
    """The sound in parts, each of a tempo that is steady or drifts; where it jumps, another begins.

    The likeliest way through short views (Viterbi). A change costs by its size, and no more than a bound: a sudden one
    is taken where what follows asks for it for some seconds. That one counts the same pulse in twos or threes is no
    change of tempo.
    """
    views = views_of(onsets, SHORT, SHORT_HOP)
    octaves = np.log2(CANDIDATES)
    distance = np.abs(octaves[:, None] - octaves[None, :])
    change = np.minimum(DRIFT * distance, JUMP)
    for level in LEVELS:
        change[np.abs(distance - level) < SAME] = 1e3
    for between in (np.log2(4 / 3), np.log2(3 / 2)):
        change = np.where(np.abs(distance - between) < SAME, np.minimum(DRIFT * distance, 2 * JUMP), change)
    path = _cheapest(np.log(views.products + 0.01) + 0.25 * usual(CANDIDATES), change)
    at = views.centres / onsets.hop
    edges = [0, *_jumps(octaves[path], at, SHORTEST / onsets.hop, len(onsets.strength)), len(onsets.strength)]
    stretches = []
    for begin, end in pairwise(edges):
        own = np.flatnonzero((at >= begin) & (at < end)) if len(edges) > 2 else np.arange(len(path))
        tempi = np.interp(np.arange(begin, end), at[own], CANDIDATES[path[own]]).astype(np.float32)
        stretches.append(Stretch(begin, end, tempi, float(views.clear[own, path[own]].mean())))
    return stretches


def _jumps(octaves: Times, at: Times, shortest: float, end: int) -> list[int]:
    """Where the tempo jumps; several jumps in a short time are one."""
    places = [(at[index] + at[index + 1]) / 2 for index in np.flatnonzero(np.abs(np.diff(octaves)) > SUDDEN)]
    for index in range(LEVEL, len(octaves) - LEVEL):
        before, after = octaves[index - LEVEL : index], octaves[index + 1 : index + 1 + LEVEL]
        if max(np.ptp(before), np.ptp(after)) < FLAT and abs(before.mean() - after.mean()) > SUDDEN:
            places.append(at[index])
    groups: list[list[float]] = []
    for place in sorted(places):
        if groups and place - groups[-1][-1] < shortest:
            groups[-1].append(place)
        else:
            groups.append([place])
    means = [round(float(np.mean(group))) for group in groups]
    return [place for place in means if shortest <= place <= end - shortest]


def _cheapest(scores: Times, change: Times) -> NDArray[np.intp]:
    """The way through (n, C) scores with the highest sum, less what each change costs: (n,) indices (Viterbi)."""
    total, came_from = scores[0], []
    for each in scores[1:]:
        ways = total[:, None] - change
        came_from.append(np.argmax(ways, axis=0))
        total = ways.max(axis=0) + each
    path = [int(np.argmax(total))]
    for before in reversed(came_from):
        path.append(int(before[path[-1]]))
    return np.array(path[::-1])


def part_of(onsets: Onsets, begin: int, end: int) -> Onsets:
    return Onsets(onsets.strength[begin:end], onsets.hop)
