"""Films of HDR, kept as they are: how their coded samples look on a display of SDR, and how far a dream may move them.

What is computed of such a film, its motion, its dream, is computed of that view. What the dream adds there is brought
back to the coded samples by the slope of the view, bounded: where the view is all but flat, in highlights, a small
difference would else be a blinding light.
"""

from collections.abc import Mapping
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

PQ, HLG = "smpte2084", "arib-std-b67"
"""Transfers of HDR, by ffmpeg's names."""
WHITE = 203.0
"""cd/m2: where ITU-R BT.2408 puts white."""
BRIGHTEST: Mapping[str, float] = {PQ: 10000.0, HLG: 1000.0}
"""cd/m2 of the largest sample; of HLG, on the display that ITU-R BT.2100 takes for nominal."""
KNEE = 0.3
"""Of white: up to here the view is as light as the film, as in the conversion to SDR; beyond it draws in."""
GAMMA = 2.4
"""Of a display of SDR (ITU-R BT.1886)."""
MOST_GAIN = 1.0
"""What a level of the view becomes in the film's samples, at most; both 0..1."""
LEVELS = 65536
NARROWER = np.array(
    [[0.627404, 0.329283, 0.043313], [0.069097, 0.919540, 0.011362], [0.016391, 0.088013, 0.895595]], np.float32
)
"""R, G, B of BT.709 -> those of BT.2020 (ITU-R BT.2087): a dream's colours are as strong as they are in SDR."""


def light(samples: NDArray[np.float64], transfer: str) -> NDArray[np.float64]:
    """How bright samples, 0..1, of PQ or HLG are, cd/m2 (ITU-R BT.2100; of HLG each colour for itself)."""
    if transfer == PQ:
        root = samples ** (32 / 2523)
        return BRIGHTEST[PQ] * (np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)) ** (8192 / 1305)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(samples <= 0.5, samples**2 / 3, (np.exp((samples - c) / a) + b) / 12)
    return BRIGHTEST[HLG] * np.clip(scene, 0, 1) ** 1.2


@cache
def _views(transfer: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of each sample of 16 bits: how it looks in SDR, 0..1; and what a level of that becomes in the film's samples."""
    samples = np.linspace(0, 1, LEVELS)
    shares, peak = light(samples, transfer) / WHITE, BRIGHTEST[transfer] / WHITE
    a = -(KNEE**2) * (peak - 1) / (KNEE**2 - 2 * KNEE + peak)  # the curve that ffmpeg's tonemap calls mobius
    b = (KNEE**2 - 2 * KNEE * peak + peak) / (peak - 1)
    drawn = (b**2 + 2 * b * KNEE + KNEE**2) / (b - a) * (shares + a) / (shares + b)
    view = np.clip(np.where(shares <= KNEE, shares, drawn), 0, 1) ** (1 / GAMMA)
    slope = np.gradient(view, samples)
    return view.astype(np.float32), np.minimum(MOST_GAIN, 1 / np.maximum(slope, 1e-6)).astype(np.float32)


def viewed(samples: NDArray[np.float32], transfer: str) -> NDArray[np.float32]:
    """How coded samples, 0..1, of any shape, look on a display of SDR, 0..1."""
    view: NDArray[np.float32] = _views(transfer)[0].take(_codes(samples))
    return view


def moved(samples: NDArray[np.float32], change: NDArray[np.float32], transfer: str) -> NDArray[np.float32]:
    """Coded samples, of BT.2020's primaries, to which a change of their view is brought back.

    Args:
        samples: (H, W, 3), 0..1.
        change: (H, W, 3), of the view, -1..1, with colours as of BT.709; where it is 0, samples are left as they are.
        transfer: PQ or HLG.

    Returns:
        (H, W, 3), no brighter than the brightest of the samples, or than white where that is brighter.
    """
    gain = _views(transfer)[1].take(_codes(samples))
    most = max(float(samples.max()), _white(transfer))
    result: NDArray[np.float32] = np.clip(samples + gain * cv2.transform(change, NARROWER), 0, np.float32(most))
    return result


@cache
def _white(transfer: str) -> float:
    """The sample, 0..1, that is white."""
    samples = np.linspace(0, 1, LEVELS)
    return float(np.interp(WHITE, light(samples, transfer), samples))


def _codes(samples: NDArray[np.float32]) -> NDArray[np.uint16]:
    codes: NDArray[np.uint16] = np.rint(np.clip(samples, 0, 1) * np.float32(LEVELS - 1)).astype(np.uint16)
    return codes
