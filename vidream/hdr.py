"""Films of HDR, kept as they are: how their coded samples look on a display of SDR, and how far a dream may move them.

What is computed of such a film, its motion, its dream, is computed of that view. What the dream adds there is brought
back to the coded samples: they become those that look so, but are moved no further than middle greys would be. Where
the view is all but flat, in highlights, a small difference would else be a blinding light.
"""

from collections.abc import Mapping
from functools import cache

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
MOST_GAIN: Mapping[str, float] = {PQ: 0.5, HLG: 1.0}
"""How far the film's samples are moved for what the view is, at most, both 0..1: about as far as in middle greys."""
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
def _view(transfer: str) -> NDArray[np.float32]:
    """How each sample of 16 bits looks in SDR, 0..1, rising."""
    shares, peak = light(np.linspace(0, 1, LEVELS), transfer) / WHITE, BRIGHTEST[transfer] / WHITE
    a = -(KNEE**2) * (peak - 1) / (KNEE**2 - 2 * KNEE + peak)  # the curve that ffmpeg's tonemap calls mobius
    b = (KNEE**2 - 2 * KNEE * peak + peak) / (peak - 1)
    drawn = (b**2 + 2 * b * KNEE + KNEE**2) / (b - a) * (shares + a) / (shares + b)
    view = np.clip(np.where(shares <= KNEE, shares, drawn), 0, 1) ** (1 / GAMMA)
    return view.astype(np.float32)


@cache
def _sample(transfer: str) -> NDArray[np.float32]:
    """Which sample, 0..1, looks like each of as many levels of SDR, 0..1."""
    levels = np.linspace(0, 1, LEVELS)
    return np.interp(levels, _view(transfer), levels).astype(np.float32)


def viewed(samples: NDArray[np.float32], transfer: str) -> NDArray[np.float32]:
    """How coded samples, 0..1, of any shape, look on a display of SDR, 0..1."""
    view: NDArray[np.float32] = _view(transfer).take(_codes(samples))
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
    import cv2  # by who computes alone: every command line reads this module

    change = cv2.transform(change, NARROWER)
    before, sample = viewed(samples, transfer), _sample(transfer)
    further = sample.take(_codes(before + change)) - sample.take(_codes(before))
    most = max(float(samples.max()), _white(transfer))
    bound = np.float32(MOST_GAIN[transfer]) * np.abs(change)
    result: NDArray[np.float32] = np.clip(samples + np.clip(further, -bound, bound), 0, np.float32(most))
    return result


@cache
def _white(transfer: str) -> float:
    """The sample, 0..1, that is white."""
    samples = np.linspace(0, 1, LEVELS)
    return float(np.interp(WHITE, light(samples, transfer), samples))


def _codes(samples: NDArray[np.float32]) -> NDArray[np.uint16]:
    codes: NDArray[np.uint16] = np.rint(np.clip(samples, 0, 1) * np.float32(LEVELS - 1)).astype(np.uint16)
    return codes
