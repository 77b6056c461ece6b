"""Beats along a known tempo."""

import numpy as np

from vidream.analysis.onsets import PADDING, OnsetStrength
from vidream.analysis.samples import Floats, Times

TIGHTNESS = 100.0
"""What a beat off the tempo costs the tracker, per squared logarithm of the interval's ratio: librosa's default."""

SPARE_BEATS = 32
"""Beats of silence put after a sound, in which the path through the beats may bend."""


def track_beats(onsets: OnsetStrength, tempi: Floats, tightness: float = TIGHTNESS) -> Times:
    """Beats by dynamic programming (Ellis 2007, "Beat tracking by dynamic programming", in librosa).

    librosa's path ends at the very last value wherever that is nearer to the next beat than to the last, and bends what
    comes before it to get there: silence is put after the sound, for the bend to lie in.

    Args:
        onsets: what beats fall on, T values.
        tempi: (T,) BPM.
        tightness: what a beat off the tempo costs.

    Returns:
        (n,) float64 seconds, rising.
    """
    import librosa

    highest = 4 * np.percentile(onsets.values, 99) + 1e-9
    strength = np.minimum(onsets.values, highest)
    spare = (0, round(SPARE_BEATS * 60 / float(tempi[-1]) / onsets.hop))
    padded = np.pad(strength, spare)
    deviation_ratio = (strength.std() + 1e-9) / (padded.std() + 1e-9)  # librosa divides strength by its deviation
    _, frames = librosa.beat.beat_track(
        onset_envelope=padded,
        sr=1 / onsets.hop,
        hop_length=1,
        bpm=np.pad(tempi, spare, "edge"),
        tightness=tightness * float(deviation_ratio),
        trim=False,
    )
    return np.asarray(frames[frames < len(strength)], np.float64) * onsets.hop - PADDING
