"""How fast a sound beats, and where each beat falls.

Tempo is read from a product of two views of the onset strength (Peeters 2007, "Template-based estimation of
time-varying tempo"): its spectrum peaks at f, 2f, 3f, its autocorrelation at f, f/2, f/3, and both at f alone. That is
what keeps 70 BPM from being taken for 140, and 174 for 87. Beats are then tracked by dynamic programming (Ellis 2007,
"Beat tracking by dynamic programming", in librosa), and each is moved to the very rise that it belongs to.
"""

import numpy as np
from numpy.typing import NDArray

from vidream.hearing.onsets import CLEAR, FAINT, LEAD, Edges, Onsets

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

TEMPI = (40.0, 240.0)  # BPM
TEMPO_STEP = 1.005  # from one candidate to the next
USUAL, SPREAD = 120.0, 1.0  # BPM, octaves: where tempi are expected (Ellis 2007)
TEMPO_WINDOW, TEMPO_HOP = 12.0, 3.0  # s: of the views that are multiplied
NEARNESS = 10.0  # what it costs a view's tempo to be another than all's, per squared octave
WANDER = 400.0  # and than the last view's
ALTERNATION, CONTRAST = 6.0, 0.45  # how much a contrast between every other beat counts, and from where on
WEAK = 0.15  # of the median beat: the first and last beats must come to that
FEWEST = 4  # beats
TIGHTNESS = 100.0  # of librosa's tracker: how far a beat may be off the tempo
CLARITY = 0.12  # autocorrelation at the beat, 0..1, under which nothing beats


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
