"""Where a sound begins anew, how fast it beats, and where each beat falls.

Tempo is read from a product of two views of the onset strength (Peeters 2007, "Template-based estimation of
time-varying tempo"): its spectrum peaks at f, 2f, 3f, its autocorrelation at f, f/2, f/3, and both at f alone. That is
what keeps 70 BPM from being taken for 140, and 174 for 87. Beats are then tracked by dynamic programming (Ellis 2007,
"Beat tracking by dynamic programming", in librosa), and each is moved to the very rise that it belongs to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

HOP = 128  # samples between values of the onset strength
WINDOW = 1024  # samples
LAG = 4  # hops: what is new is new against half a window before
MELS = 64
LOWEST = 30.0  # Hz
COMPRESSION = 1000.0  # of mel magnitudes, before log1p; 1 is the loudest that the sound comes to
NOISY = 5.0  # prominence under which noise drowns the low octaves
BLOCK = 4096  # hops worked at once: memory does not grow with the sound's length
LEAD = 1.0  # s of silence before and after: what sounds at 0 s begins there

TEMPI = (40.0, 240.0)  # BPM
TEMPO_STEP = 1.005  # from one candidate to the next
USUAL, SPREAD = 120.0, 1.0  # BPM, octaves: where tempi are expected (Ellis 2007)
TEMPO_WINDOW, TEMPO_HOP = 12.0, 3.0  # s: of the views that are multiplied
NEARNESS, WANDER = (
    10.0,
    400.0,
)  # what it costs a view's tempo to be another than all's, than the last; per squared octave
ALTERNATION, CONTRAST = 6.0, 0.45  # how much a contrast between every other beat counts, and from where on
WEAK = 0.15  # of the median beat: the first and last beats must come to that
FAINT, CLEAR = 0.1, 1.4  # what the beats' mean strength must come to, and how many times what is between them
FEWEST = 4  # beats
TIGHTNESS = 100.0  # of librosa's tracker: how far a beat may be off the tempo
CLARITY = 0.12  # autocorrelation at the beat, 0..1, under which nothing beats

APART = 0.03  # s, that onsets are at least

FINE_HOP = 32  # samples: 1.5 ms at 22,050 Hz
FINE_BANDS = (200.0, 800.0, 3200.0)  # Hz: the edges between the four bands in which a rise is looked for
AFTER, BEFORE = 0.010, 0.030  # s: the exponential windows after and before an edge
BLUNT = 0.2  # of the median rise: less is none
REACH, LIKELY = 0.050, 0.025  # s: how far from the tracked beat its rise may lie; deviation of where it is expected


@dataclass(frozen=True)
class Onsets:
    """How much begins: strength (T,) float32 >= 0, one value each `hop` s, from -LEAD s to LEAD s past the end."""

    strength: Floats
    hop: float

    @cached_property
    def _pooled(self) -> Floats:
        lead = round(LEAD / self.hop)
        inside = self.strength[lead : len(self.strength) - lead]
        together = min(len(inside), 2 * LAG + 1)
        return np.asarray(inside[: len(inside) // together * together].reshape(-1, together).max(axis=1))

    @property
    def floor(self) -> float:
        """What `at` gives where nothing in particular begins."""
        return float(np.median(self._pooled))

    @property
    def prominence(self) -> float:
        """How far what begins stands out, in floors."""
        return float(np.percentile(self._pooled, 98) / (self.floor + 1e-9))

    def at(self, seconds: Times) -> Floats:
        """The strength there, or next to it: (n,) float32."""
        index = np.round((seconds + LEAD) / self.hop).astype(int)
        near = np.clip(index[:, None] + np.arange(-LAG, LAG + 1), 0, len(self.strength) - 1)
        return np.asarray(self.strength[near].max(axis=1), np.float32)


@dataclass(frozen=True)
class Edges:
    """How sharply a sound rises: sharpness (U,) float32 >= 0, one value each `hop` s from 0 on."""

    sharpness: Floats
    hop: float

    def nearest(self, times: Times) -> Times:
        """Each time moved to the sharpest rise near it; where none to speak of is, by as much as the others were."""
        if not len(times):
            return times
        reach = round(REACH / self.hop)
        offsets = np.arange(-reach, reach + 1)
        centres = np.clip(np.round(times / self.hop).astype(int), 0, len(self.sharpness))
        near = np.pad(self.sharpness, (reach, 2 * reach))[centres[:, None] + offsets + reach]
        near = near * np.exp(-0.5 * np.square(offsets * self.hop / LIKELY))
        found = (centres + offsets[np.argmax(near, axis=1)] + 0.5) * self.hop
        sharp = near.max(axis=1) > BLUNT * np.median(near.max(axis=1))
        return np.where(sharp, found, times + np.median((found - times)[sharp])) if sharp.any() else times


def struck(onsets: Onsets, edges: Edges, duration: float) -> tuple[Times, Floats]:
    """Where something begins, in s, rising; and how much, 0..1, 1 being what all but a few come to at most."""
    import librosa

    above = np.maximum(0, onsets.strength - max(FAINT, CLEAR * onsets.floor))
    near, around = round(APART / onsets.hop), round(4 * APART / onsets.hop)
    peaks = librosa.util.peak_pick(
        above, pre_max=near, post_max=near, pre_avg=around, post_avg=around, delta=1e-3, wait=near
    )
    peaks = peaks[above[peaks] > 0]
    times = edges.nearest(peaks * onsets.hop - LEAD)
    first = np.diff(times, prepend=-np.inf) > 0
    inside = first & (times >= 0) & (times < duration)
    if not inside.any():
        return np.zeros(0), np.zeros(0, np.float32)
    strengths = above[peaks[inside]]
    return times[inside], np.minimum(1, strengths / np.percentile(strengths, 95)).astype(np.float32)


def blocks(samples: Floats, window: int, hop: int, frames: range, before: int = 0) -> Iterator[tuple[range, Floats]]:
    """The sound in pieces, for a transform whose frame i is centred on sample i * hop, with zeros beyond both ends.

    Each piece gives the frames named with it, BLOCK at most, and `before` frames more ahead of them.
    """
    for first in range(frames.start, frames.stop, BLOCK):
        stop = min(first + BLOCK, frames.stop)
        begin, end = (first - before) * hop - window // 2, (stop - 1) * hop + window // 2
        inside = samples[max(0, begin) : max(0, end)]
        head = min(max(0, -begin), end - begin)
        yield range(first, stop), np.pad(inside, (head, end - begin - head - len(inside)))


def onsets_of(samples: Floats, rate: int, peak: float) -> Onsets:
    """How much begins, at each time: the flux of compressed mel bands. samples: (N,) float32, whose highest is `peak`.

    Each octave counts alike, so that a bass drum (three bands of 64) is not drowned by a hi-hat (half of them); but
    where noise fills the low octaves, which have the fewest values to average it away, each band does.
    """
    import librosa

    mel = librosa.filters.mel(sr=rate, n_fft=WINDOW, n_mels=MELS, fmin=LOWEST, norm=None)
    mel /= mel.sum(axis=1, keepdims=True) * WINDOW / 8
    octaves = np.diff(np.log2(librosa.mel_frequencies(n_mels=MELS + 1, fmin=LOWEST, fmax=rate / 2)))
    by_octave = partial(np.average, weights=octaves)
    lead, last, half = round(LEAD * rate / HOP), len(samples) // HOP, WINDOW // 2 // HOP
    balanced: list[Floats] = []
    plain: list[Floats] = []
    for frames, piece in blocks(samples, WINDOW, HOP, range(-lead, last + lead + 1), LAG):
        spectrum = np.abs(librosa.stft(piece, n_fft=WINDOW, hop_length=HOP, center=False))
        compressed = np.log1p(COMPRESSION / peak * (mel @ spectrum))
        # beyond its ends a sound is taken to be as it mostly is, or noise would begin and end with a blow
        frame = np.arange(frames.start - LAG, frames.stop)
        inside = (frame >= half) & (frame <= last - half)
        if inside.any() and not inside.all():
            usual = np.median(compressed[:, inside], axis=1, keepdims=True)
            compressed = np.where(inside, compressed, np.maximum(compressed, usual))
        for mean, strength in ((by_octave, balanced), (np.mean, plain)):
            rise = librosa.onset.onset_strength(
                S=compressed, sr=rate, lag=LAG, max_size=3, center=False, aggregate=mean
            )
            strength.append(rise[LAG:].astype(np.float32))
    balance = Onsets(np.concatenate(balanced), HOP / rate)
    return balance if balance.prominence > NOISY else Onsets(np.concatenate(plain), HOP / rate)


def edges_of(samples: Floats, rate: int) -> Edges:
    """How sharply the sound rises, at each time: largest exactly where it begins to, whatever its shape.

    In four bands, the mean energy after minus that before, both compressed and seen through exponential windows that
    end at the edge (Shen and Castan 1992, "An optimal linear operator for step edge detection"): unlike the flux of a
    spectrum, that has no delay of its own.
    """
    from scipy import signal

    edges = np.zeros(-(-len(samples) // FINE_HOP), np.float32)
    corners = [None, *(min(edge, 0.4 * rate) for edge in FINE_BANDS), None]
    for low, high in pairwise(corners):
        if low is None:
            sections = signal.butter(2, high, "lowpass", fs=rate, output="sos")
        elif high is None:
            sections = signal.butter(2, low, "highpass", fs=rate, output="sos")
        else:
            sections = signal.butter(1, (low, high), "bandpass", fs=rate, output="sos")
        state = np.zeros((len(sections), 2))
        energy = np.empty_like(edges)
        for first in range(0, len(samples), BLOCK * FINE_HOP):
            band, state = signal.sosfilt(sections, samples[first : first + BLOCK * FINE_HOP], zi=state)
            band = np.pad(band, (0, -len(band) % FINE_HOP))
            at = first // FINE_HOP
            energy[at : at + len(band) // FINE_HOP] = np.square(band).reshape(-1, FINE_HOP).mean(axis=1)
        energy /= energy.mean() + 1e-20
        after = _decaying(energy[::-1], AFTER * rate / FINE_HOP)[::-1]
        before = _decaying(np.append(np.median(energy), energy[:-1]), BEFORE * rate / FINE_HOP)
        edges += np.maximum(0, np.log1p(after) - np.log1p(before)).astype(np.float32)
    return Edges(edges, FINE_HOP / rate)


def _decaying(values: Floats, length: float) -> NDArray[np.float64]:
    """The mean of what has been, each value weighing 1/e after `length` more."""
    from scipy import signal

    kept = np.exp(-1 / length)
    return np.asarray(signal.lfilter([1 - kept], [1, -kept], values, zi=[kept * values[0]])[0])


def beats_of(onsets: Onsets, edges: Edges, duration: float) -> tuple[float, Times]:
    """Tempo in BPM, and the beats in s, (n,) float64; 0 BPM and none where nothing beats."""
    tempi = tempi_of(onsets)
    if tempi is None:
        return 0.0, np.zeros(0)
    beats = edges.nearest(_tracked(onsets, tempi))
    beats = _trimmed(onsets, beats[(beats >= 0) & (beats < duration)])
    if len(beats) < FEWEST or onsets.at(beats).mean() < max(FAINT, CLEAR * onsets.floor):
        return 0.0, np.zeros(0)
    steps = np.diff(beats)
    return float(60 / steps[np.abs(steps / np.median(steps) - 1) < 0.1].mean()), beats


def _tracked(onsets: Onsets, tempi: Floats) -> Times:
    import librosa

    highest = 4 * np.percentile(onsets.strength, 99) + 1e-9
    _, frames = librosa.beat.beat_track(
        onset_envelope=np.minimum(onsets.strength, highest),
        sr=1 / onsets.hop,
        hop_length=1,
        bpm=tempi,
        tightness=TIGHTNESS,
        trim=False,
    )
    return np.asarray(frames, np.float64) * onsets.hop - LEAD


def _trimmed(onsets: Onsets, beats: Times) -> Times:
    """Without the first and the last where nothing sounds."""
    excess = onsets.at(beats) - onsets.floor
    heard = np.flatnonzero(excess > WEAK * np.median(excess)) if len(beats) else beats
    return beats[heard[0] : heard[-1] + 1] if len(heard) else beats[:0]


def tempi_of(onsets: Onsets) -> Floats | None:
    """The tempo in BPM at each value of the onset strength, (T,); None where nothing beats."""
    strength, hop = onsets.strength, onsets.hop
    width, step = min(len(strength), round(TEMPO_WINDOW / hop)), round(TEMPO_HOP / hop)
    candidates = np.geomspace(*TEMPI, 1 + round(np.log(TEMPI[1] / TEMPI[0]) / np.log(TEMPO_STEP)))
    starts = np.arange(0, len(strength) - width + 1, step)
    views = [_tempo_view(strength[at : at + width], hop, candidates) for at in starts]
    products, clear = np.array([view[0] for view in views]), np.array([view[1] for view in views])
    whole = np.log(products.mean(axis=0) + 1e-9) + _usual(candidates)
    best = int(np.argmax(whole))
    if clear.mean(axis=0)[best] < CLARITY:
        return None

    def around(tempo: float) -> Floats:
        path = candidates[_path(products, candidates, tempo)]
        return np.interp(np.arange(len(strength)), starts + width / 2, path).astype(np.float32)

    return around(_tapped(onsets, around(candidates[best])))


def _usual(tempi: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(-0.5 * np.square(np.log2(tempi / USUAL) / SPREAD))


def _tapped(onsets: Onsets, tempi: Floats) -> float:
    """The tempo that one would tap, of those a power of two away: in BPM.

    From the fastest on, each is left for one half as fast if every other of its beats is so much weaker, by as much as
    what tempi are usual asks for.
    """
    tempo = float(np.median(tempi))
    level = float(2.0 ** np.floor(np.log2(TEMPI[1] * 1.02 / tempo)))
    while tempo * level / 2 >= TEMPI[0]:
        contrast = _contrast(onsets, _tracked(onsets, tempi * np.float32(level)))
        fast, slow = _usual(np.array([tempo * level, tempo * level / 2])).tolist()
        if ALTERNATION * (contrast - CONTRAST) + slow - fast <= 0:
            break
        level /= 2
    return tempo * level


def _contrast(onsets: Onsets, beats: Times) -> float:
    """How much weaker every other beat is, 0..1; measured over few at a time, for the tracker may slip by one."""
    excess = np.maximum(0, onsets.at(beats) - onsets.floor)
    together = 8 if len(excess) >= 16 else len(excess) // 2  # pairs
    if not together:
        return 0.0
    means = excess[: len(excess) // (2 * together) * 2 * together].reshape(-1, together, 2).mean(axis=1)
    return float(np.abs(means[:, 0] - means[:, 1]).sum() / (means.max(axis=1).sum() + 1e-9))


def _tempo_view(part: Floats, hop: float, candidates: NDArray[np.float64]) -> tuple[Times, Times]:
    """For each candidate: spectrum times autocorrelation, 0..1; and the autocorrelation alone, -1..1."""
    size = 1 << (2 * len(part) - 1).bit_length()
    part = part - part.mean()
    windowed = part * np.hanning(len(part))
    power = np.square(np.abs(np.fft.rfft(part, size)))
    correlation = np.fft.irfft(power)[: size // 2]
    correlation /= correlation[0] + 1e-9
    magnitude = np.abs(np.fft.rfft(windowed, size))
    magnitude /= np.sqrt(np.square(windowed).sum() * len(part) / 2) + 1e-9
    lags = 60 / candidates / hop
    fill = len(part) / (len(part) - lags)
    at_lag = np.interp(lags, np.arange(len(correlation)), correlation) * fill
    at_tempo = np.interp(candidates / 60 * hop * size, np.arange(len(magnitude)), magnitude)
    return at_tempo * np.maximum(0, at_lag), at_lag


def _path(products: Times, candidates: NDArray[np.float64], tempo: float) -> NDArray[np.intp]:
    """The likeliest tempo in each view, near the whole sound's and without needless change (Viterbi)."""
    octaves = np.log2(candidates)
    near = -NEARNESS * np.square(octaves - np.log2(tempo))
    change = -WANDER * np.square(octaves[:, None] - octaves[None, :])
    score = np.log(products + 0.01) + near
    total, came_from = score[0], []
    for each in score[1:]:
        ways = total[:, None] + change
        came_from.append(np.argmax(ways, axis=0))
        total = ways.max(axis=0) + each
    path = [int(np.argmax(total))]
    for before in reversed(came_from):
        path.append(int(before[path[-1]]))
    return np.array(path[::-1])
