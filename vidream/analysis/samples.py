"""A long sound, worked through in blocks, so that memory does not grow with its length."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vidream.events import checkpoint

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

SAMPLE_RATE = 22_050
"""Hz to which a sound is best brought before it is analysed: hops and windows are meant for it."""

SILENCE = 10 ** (-70 / 20)
"""Amplitude, of full scale: what is quieter is taken for silence. -70 LUFS is the absolute gate of ITU-R BS.1770-4."""

BLOCK = 4096
"""Hops that are worked through at once: 24 s of spectra at a hop of 128."""


def magnitude_blocks(
    samples: Floats, window: int, hop: int, frames: range, context: int = 0
) -> Iterator[tuple[range, Floats]]:
    """Magnitude spectra of a sound, block by block. Frame i is centred on sample i * hop; beyond its ends it is silent.

    Args:
        samples: (N,) float32.
        window: samples of each spectrum, under a Hann window.
        hop: samples from one spectrum to the next.
        frames: the numbers of the spectra; those before the sound and after it may be among them.
        context: how many more spectra each block has ahead of its own.

    Returns:
        For each block: the range of its frames, at most BLOCK of them, and (window / 2 + 1, context + frames) float32.
    """
    import librosa

    for first in range(frames.start, frames.stop, BLOCK):
        checkpoint()
        stop = min(first + BLOCK, frames.stop)
        begin, end = (first - context) * hop - window // 2, (stop - 1) * hop + window // 2
        inside = samples[max(0, begin) : max(0, end)]
        head = min(max(0, -begin), end - begin)
        padded = np.pad(inside, (head, end - begin - head - len(inside)))
        yield range(first, stop), np.abs(librosa.stft(padded, n_fft=window, hop_length=hop, center=False))


def filter_blocks(samples: Floats, sections: NDArray[np.float64], size: int) -> Iterator[NDArray[np.float64]]:
    """A sound, (N,) float32, through a filter of second-order sections (n, 6), in blocks of `size` samples."""
    from scipy import signal

    state = np.zeros((len(sections), 2))
    for first in range(0, len(samples), size):
        checkpoint()
        block, state = signal.sosfilt(sections, samples[first : first + size], zi=state)
        yield block
