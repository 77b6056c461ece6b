"""What a sound is made of, over time: how loud, in which bands, how much of it blows and how much of it notes."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.onsets import blocks

Floats = NDArray[np.float32]

HOP, WINDOW = 256, 1024  # samples
MELS = 96
BANDS = (200.0, 2000.0)  # Hz: where mid begins, where high does
SUSTAIN, WIDTH = 31, 17  # hops and bands, of the medians that tell a note from a blow
MFCCS = 13
OVERLAP = SUSTAIN  # hops, that a block sees of what lies before it


@dataclass(frozen=True)
class Timbre:
    """Curves as SongAnalysis has them; and what sections are told apart by.

    tones     (25, T) float32: chroma and mel cepstrum, one column each `hop` s
    """

    hop: float
    loudness: Floats
    low: Floats
    mid: Floats
    high: Floats
    percussive: Floats
    harmonic: Floats
    tones: Floats


def timbre_of(samples: Floats, rate: int) -> Timbre:
    """samples: (N,) float32, at full scale as they are."""
    import librosa

    frequencies = np.fft.rfftfreq(WINDOW, 1 / rate)
    weight = _loudness_weights(rate)
    low, high = frequencies < BANDS[0], frequencies >= BANDS[1]
    mel = librosa.filters.mel(sr=rate, n_fft=WINDOW, n_mels=MELS, norm=None)
    chroma = librosa.filters.chroma(sr=rate, n_fft=WINDOW, tuning=0.0)
    # a window's power, summed over its half spectrum, is twice this times the mean square of what is in it
    scale = np.float32(2 / (WINDOW * np.square(np.hanning(WINDOW + 1)[:-1]).sum()))
    parts = []
    for frames, piece in blocks(samples, WINDOW, HOP, range(1 + len(samples) // HOP), OVERLAP):
        power = np.square(np.abs(librosa.stft(piece, n_fft=WINDOW, hop_length=HOP, center=False))) * scale
        mels = mel @ power
        harmonic, percussive = librosa.decompose.hpss(np.sqrt(mels), kernel_size=(SUSTAIN, WIDTH), power=2.0)
        own = slice(len(power[0]) - len(frames), None)
        levels = [  # in the order of Timbre
            weight @ power[:, own],
            power[low, own].sum(axis=0),
            power[~low & ~high, own].sum(axis=0),
            power[high, own].sum(axis=0),
            np.square(percussive[:, own]).sum(axis=0),
            np.square(harmonic[:, own]).sum(axis=0),
        ]
        pitches = librosa.util.normalize(chroma @ power[:, own], norm=2, axis=0)
        cepstrum = librosa.feature.mfcc(S=librosa.power_to_db(mels[:, own], amin=1e-9, top_db=None), n_mfcc=MFCCS)
        parts.append(np.concatenate([np.sqrt(levels), pitches, cepstrum]).astype(np.float32))
    whole = np.concatenate(parts, axis=1)
    loudness, low_band, mid_band, high_band, percussive, harmonic = whole[:6]
    return Timbre(HOP / rate, loudness, low_band, mid_band, high_band, percussive, harmonic, whole[6:])


@cache
def _loudness_weights(rate: int) -> Floats:
    """What each value of a power spectrum counts for loudness: the K-weighting of ITU-R BS.1770.

    The response of the filters that it tables for 48 kHz, taken at the frequencies that are there.
    """
    from scipy import signal

    shelf = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
    high_pass = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
    frequencies = np.minimum(np.fft.rfftfreq(WINDOW, 1 / rate), 23_000.0)
    gains = [np.abs(signal.freqz(*each, worN=frequencies, fs=48_000)[1]) for each in (shelf, high_pass)]
    return np.asarray(np.square(gains[0] * gains[1]), np.float32)
