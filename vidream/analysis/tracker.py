"""Beats along a known tempo."""

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.onsets import LEAD, Onsets

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

TIGHTNESS = 100.0  # how much a beat that is off the tempo costs
SPARE = 32  # beats of silence after a sound, in which the way through the beats may bend


def tracked(onsets: Onsets, tempi: Floats, tightness: float = TIGHTNESS) -> Times:
    """Beats in s along `tempi` (T,) in BPM, one for each value of the strength.

    librosa's way through the beats ends at the very last value wherever that is nearer to the next beat than to the
    last, and bends what comes before it to get there: silence is put after the sound, for the bend to lie in.
    """
    import librosa

    highest = 4 * np.percentile(onsets.strength, 99) + 1e-9
    strength = np.minimum(onsets.strength, highest)
    spare = (0, round(SPARE * 60 / float(tempi[-1]) / onsets.hop))
    longer = np.pad(strength, spare)
    as_before = (strength.std() + 1e-9) / (longer.std() + 1e-9)  # librosa measures strength by its deviation
    _, frames = librosa.beat.beat_track(
        onset_envelope=longer,
        sr=1 / onsets.hop,
        hop_length=1,
        bpm=np.pad(tempi, spare, "edge"),
        tightness=tightness * float(as_before),
        trim=False,
    )
    return np.asarray(frames[frames < len(strength)], np.float64) * onsets.hop - LEAD
