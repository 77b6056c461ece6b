"""The forms of a dream, swollen: eyes widen, muzzles grow, for as long as a beat lasts. Nothing of it is carried on."""

import cv2
import numpy as np

from vidream.frames import LUMA, Flow, Image, size_of
from vidream.resample import flow_at
from vidream.warp import warp_lanczos

REACH = 0.012
"""Share of the long side by which forms swell at most, at a swell of 1; by eye."""

FORM = 0.02
"""Share of the long side that a form is wide: deviation of the window in which the dream's strength is measured; by
eye."""

COARSER = 4
"""Times smaller, at which the strength is measured: it is smooth."""

FAINTEST = 1e-3
"""Levels a px: a strength that rises by less has no middle."""


def swell(residual: Image, amount: float) -> Image:
    """A residual whose forms have grown out of their middles, which are where it is strongest.

    Each px is fetched from up the slope of the residual's mean strength. Where the slope is about the frame's mean, or
    steeper, from about REACH away; where it is flat, from where it is: so middles stay, and no form jumps as it moves.

    Args:
        residual: (H, W, 3), levels.
        amount: 0: as it is; under 0 forms shrink to their middles. What is under COARSER px a side stays.

    Returns:
        (H, W, 3).
    """
    size = size_of(residual)
    if abs(amount) < 0.01 or min(size) < COARSER:
        return residual
    long_side = max(size)
    strength = np.abs(residual @ LUMA)
    small = cv2.resize(strength, None, fx=1 / COARSER, fy=1 / COARSER, interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(small, (0, 0), FORM * long_side / COARSER, borderType=cv2.BORDER_REFLECT)
    slopes = np.stack([cv2.Sobel(smooth, cv2.CV_32F, across, 1 - across, scale=1 / 8) for across in (1, 0)], axis=-1)
    steepness = np.square(slopes).sum(axis=-1, keepdims=True)
    unit = slopes / np.sqrt(steepness + steepness.mean() + FAINTEST**2)
    flow: Flow = flow_at((amount * REACH * long_side / COARSER * unit).astype(np.float32), size)
    return warp_lanczos(residual, flow)
