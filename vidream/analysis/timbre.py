"""What a sound is made of, over time: how loud it is, in which bands, how much is percussive and how much harmonic."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from vidream.analysis.samples import Floats, magnitude_blocks
from vidream.analysis.song import SIGNALS

HOP, WINDOW = 256, 1024
"""Samples from one spectrum to the next, and of each: 12 ms and 46 ms at 22,050 Hz."""

MELS = 96
"""Mel bands in which percussive and harmonic are told apart, and of which the cepstrum is made."""

BAND_EDGES = (200.0, 2000.0)
"""Hz at which `mid` begins, and `high`."""

HARMONIC_SPAN, PERCUSSIVE_SPAN = 31, 17
"""Hops and mel bands of the median filters (Fitzgerald 2010): a note is long, a blow has every pitch."""

MFCCS = 13
"""Coefficients of the mel cepstrum."""

CONTEXT = HARMONIC_SPAN
"""Hops that a block sees of what lies before it."""

POWER_SCALE = np.float32(2 / (WINDOW * np.square(np.hanning(WINDOW + 1)[:-1]).sum()))
"""A window's power, summed over its half spectrum and times this, is the mean square of what is in it."""


@dataclass(frozen=True)
class Timbre:
    """The signals of a sound; and what tells its sections apart."""

    hop: float
    """seconds from one value to the next"""
    signals: Mapping[str, Floats]
    """as SongAnalysis has them: (T,) float32 each"""
    tones: Floats
    """(25, T) float32: twelve of chroma and the mel cepstrum"""


def measure_timbre(samples: Floats, rate: int) -> Timbre:
    """The timbre of a sound. samples: (N,) float32, full scale 1; rate: Hz."""
    import librosa

    mel = mel_bands(rate)
    chroma = librosa.filters.chroma(sr=rate, n_fft=WINDOW, tuning=0.0)
    rows = []
    for frames, magnitudes in magnitude_blocks(samples, WINDOW, HOP, range(1 + len(samples) // HOP), CONTEXT):
        power = np.square(magnitudes) * POWER_SCALE
        mels = mel @ power
        spans = (HARMONIC_SPAN, PERCUSSIVE_SPAN)
        harmonic, percussive = librosa.decompose.hpss(np.sqrt(mels), kernel_size=spans, power=2.0)
        block = slice(len(power[0]) - len(frames), None)  # without its context
        levels = {
            **band_powers(power[:, block], rate),
            "percussive": np.square(percussive[:, block]).sum(axis=0),
            "harmonic": np.square(harmonic[:, block]).sum(axis=0),
        }
        pitches = librosa.util.normalize(chroma @ power[:, block], norm=2, axis=0)
        cepstrum = librosa.feature.mfcc(S=librosa.power_to_db(mels[:, block], amin=1e-9, top_db=None), n_mfcc=MFCCS)
        amplitudes = np.sqrt([levels[name] for name in SIGNALS])
        rows.append(np.concatenate([amplitudes, pitches, cepstrum]).astype(np.float32))
    joined = np.concatenate(rows, axis=1)
    return Timbre(HOP / rate, dict(zip(SIGNALS, joined, strict=False)), joined[len(SIGNALS) :])


@cache
def mel_bands(rate: int) -> Floats:
    """The mel bands in which percussive and harmonic are told apart: (MELS, WINDOW / 2 + 1), of power spectra."""
    import librosa

    return np.asarray(librosa.filters.mel(sr=rate, n_fft=WINDOW, n_mels=MELS, norm=None), np.float32)


def band_powers(power: Floats, rate: int) -> dict[str, Floats]:
    """The mean square of what is heard, and of three bands: (T,) each, by the names of signals.

    Args:
        power: (WINDOW / 2 + 1, T), of spectra under a Hann window, times POWER_SCALE.
        rate: Hz.
    """
    frequencies = np.fft.rfftfreq(WINDOW, 1 / rate)
    low, high = frequencies < BAND_EDGES[0], frequencies >= BAND_EDGES[1]
    return {
        "loudness": _loudness_weights(rate) @ power,
        "low": power[low].sum(axis=0),
        "mid": power[~low & ~high].sum(axis=0),
        "high": power[high].sum(axis=0),
    }


@cache
def _loudness_weights(rate: int) -> Floats:
    """What each value of a power spectrum counts for loudness: the K-weighting of ITU-R BS.1770.

    The response of the filters that it tables for 48 kHz, taken at the frequencies that are there.
    """
    from scipy import signal

    shelf = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
    high_pass = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
    frequencies = np.minimum(np.fft.rfftfreq(WINDOW, 1 / rate), 23_000.0)
    gains = [np.abs(signal.freqz(*filter_, worN=frequencies, fs=48_000)[1]) for filter_ in (shelf, high_pass)]
    return np.asarray(np.square(gains[0] * gains[1]), np.float32)
