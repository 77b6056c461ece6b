"""HDR that is kept (--hdr keep): PQ and HLG samples -> how an SDR display shows them, and changes of that back.

Motion and dream of such a film are computed from its SDR view. What the dream adds to the view is converted back to the
film's own samples, and bounded: no sample moves further than the same change moves a middle grey. In highlights the
view is nearly flat, and a small change of it would become a blinding light.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

PQ, HLG = "smpte2084", "arib-std-b67"
"""Transfers of HDR, by ffmpeg's names."""
WHITE = 203.0
"""cd/m2: the level of white by ITU-R BT.2408."""
BRIGHTEST: Mapping[str, float] = {PQ: 10000.0, HLG: 1000.0}
"""cd/m2 of the largest sample; of HLG, on the nominal display of ITU-R BT.2100."""
KNEE = 0.3
"""Share of white up to which the view is as bright as the film, as in the conversion to SDR; above, it is drawn in."""
GAMMA = 2.4
"""Of an SDR display by ITU-R BT.1886 with a black of 0; vidream.media.colour decodes SDR films by it, too."""
MOST_GAIN: Mapping[str, float] = {PQ: 0.5, HLG: 1.0}
"""The most by which a change of the view is multiplied when it becomes one of samples, both 0..1: as in middle grey."""
LEVELS = 65536
NARROWER = np.array(
    [[0.627404, 0.329283, 0.043313], [0.069097, 0.919540, 0.011362], [0.016391, 0.088013, 0.895595]], np.float32
)
"""R, G, B of BT.709 -> those of BT.2020 (ITU-R BT.2087): a dream's colours are as strong as they are in SDR."""


def luminance(samples: NDArray[np.float64], transfer: str) -> NDArray[np.float64]:
    """Luminance, cd/m2, of PQ or HLG samples, 0..1 (ITU-R BT.2100; of HLG, each colour by itself)."""
    if transfer == PQ:
        root = samples ** (32 / 2523)
        return BRIGHTEST[PQ] * (np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)) ** (8192 / 1305)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(samples <= 0.5, samples**2 / 3, (np.exp((samples - c) / a) + b) / 12)
    return BRIGHTEST[HLG] * np.clip(scene, 0, 1) ** 1.2


@cache
def _view(transfer: str) -> NDArray[np.float32]:
    """The SDR view, 0..1, of each 16-bit sample; it rises."""
    shares, peak = luminance(np.linspace(0, 1, LEVELS), transfer) / WHITE, BRIGHTEST[transfer] / WHITE
    a = -(KNEE**2) * (peak - 1) / (KNEE**2 - 2 * KNEE + peak)  # the curve "mobius" of ffmpeg's tonemap
    b = (KNEE**2 - 2 * KNEE * peak + peak) / (peak - 1)
    drawn = (b**2 + 2 * b * KNEE + KNEE**2) / (b - a) * (shares + a) / (shares + b)
    view = np.clip(np.where(shares <= KNEE, shares, drawn), 0, 1) ** (1 / GAMMA)
    return view.astype(np.float32)


@cache
def _sample(transfer: str) -> NDArray[np.float32]:
    """The sample, 0..1, whose SDR view is each of as many levels, 0..1: the inverse of `_view`."""
    levels = np.linspace(0, 1, LEVELS)
    return np.interp(levels, _view(transfer), levels).astype(np.float32)


def sdr_view(samples: NDArray[np.float32], transfer: str) -> NDArray[np.float32]:
    """How an SDR display shows samples: 0..1 in and out, of any shape."""
    view: NDArray[np.float32] = _view(transfer).take(_codes(samples))
    return view


def with_change(samples: NDArray[np.float32], change: NDArray[np.float32], transfer: str) -> NDArray[np.float32]:
    """HDR samples with a change of their SDR view added.

    Args:
        samples: (H, W, 3), 0..1, of BT.2020's primaries.
        change: (H, W, 3), -1..1, what is added to the view, in BT.709; where it is 0, samples stay as they are.
        transfer: PQ or HLG.

    Returns:
        (H, W, 3), 0..1; nothing is brighter than the brightest sample, or than white if that is brighter.
    """
    import cv2  # frames imports this module, and the command line imports frames: --help would wait for OpenCV

    change = cv2.transform(change, NARROWER)
    before, sample = sdr_view(samples, transfer), _sample(transfer)
    move = sample.take(_codes(before + change)) - sample.take(_codes(before))
    most = max(float(samples.max()), _white(transfer))
    bound = np.float32(MOST_GAIN[transfer]) * np.abs(change)
    result: NDArray[np.float32] = np.clip(samples + np.clip(move, -bound, bound), 0, np.float32(most))
    return result


@cache
def _white(transfer: str) -> float:
    """The sample, 0..1, of white."""
    samples = np.linspace(0, 1, LEVELS)
    return float(np.interp(WHITE, luminance(samples, transfer), samples))


def _codes(samples: NDArray[np.float32]) -> NDArray[np.uint16]:
    codes: NDArray[np.uint16] = np.rint(np.clip(samples, 0, 1) * np.float32(LEVELS - 1)).astype(np.uint16)
    return codes
