"""A sound as it is drawn: its lowest and highest samples, at a few resolutions."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidream.media.sound import read_sound

RATE = 8000
"""Hz, at which a sound is read to be drawn."""
FINEST = 200
"""Peaks a second of the finest resolution."""
COARSER = 8
"""How many peaks of a resolution the next one has in each of its own."""
RESOLUTIONS = 3

Peaks = NDArray[np.int8]


def read_peaks(path: Path, max_seconds: float) -> list[Peaks]:
    """The peaks of a sound, from the finest resolution to the coarsest.

    Args:
        path: a sound, or a film that has one.
        max_seconds: that it may last.

    Returns:
        For each of RESOLUTIONS (n, 2) int8: the lowest and the highest sample of each peak's time, full scale 127, the
        first of which begins at the file's own start. There are FINEST a second of the first, FINEST / COARSER of the
        second, and so on.

    Raises:
        MediaError: there is no such file, nothing in it can be heard, or it lasts longer than that.
    """
    samples = read_sound(path, RATE, max_seconds)
    each = RATE // FINEST
    rows = np.pad(samples, (0, -len(samples) % each)).reshape(-1, each)
    lows, highs = rows.min(axis=1), rows.max(axis=1)
    resolutions = [np.stack([lows, highs], axis=1)]
    while len(resolutions) < RESOLUTIONS:
        finer = resolutions[-1]
        groups = np.pad(finer, ((0, -len(finer) % COARSER), (0, 0)), mode="edge").reshape(-1, COARSER, 2)
        resolutions.append(np.stack([groups[..., 0].min(axis=1), groups[..., 1].max(axis=1)], axis=1))
    return [np.rint(peaks.clip(-1, 1) * 127).astype(np.int8) for peaks in resolutions]
