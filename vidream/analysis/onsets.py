"""Where a sound begins anew: how much, at each time; and where exactly."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vidream.events import checkpoint

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
FAINT, CLEAR = 0.1, 1.4  # the least strength that counts; and in floors: what nothing in particular gives
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
        checkpoint()
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
            checkpoint()
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
