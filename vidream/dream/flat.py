"""Where a picture is flat, and how a film's dream forms there: far on its small octaves, little on its fine ones.

Where a source has nothing, one step a frame deepens the network's own grain. Forms begin in small pictures, where a few
px are much of the frame; so a flat place is dreamed at smaller octaves, too, and the finer one is, the less.
"""

import cv2
import numpy as np

from vidream.frames import LUMA, Image, Size, Trust, size_of
from vidream.resample import resize

LOOK_SIZE = 320
"""px: the long side at which a source is looked at; grain of less than a px there is no structure."""

STRUCTURE = 4.0
"""Levels a px, at that size: where the slope of the luma is as steep, a source is half flat."""

NEIGHBOURHOOD = 5.0
"""px, at that size: the sigma over which the slope is measured."""

SMALLEST = 160
"""px: the long side down to which a flat place has octaves: a form of the network in the box fills half of it."""

FORM_SIZE = 230
"""px: the long side of the octave at which a step in a flat place is as large as elsewhere."""

SLANT = 1.2
"""The power of its long side by which an octave's steps shrink; a picture's detail goes by 1 (Field 1987)."""


def flatness(source: Image) -> Trust:
    """How flat a source is: (h, w, 1), 0 where it has structure .. 1 where it has none, at 320 px at most."""
    look = cv2.GaussianBlur(resize(source, size_of(source).at_most(LOOK_SIZE)) @ LUMA, (0, 0), 1)
    across, down = (cv2.Sobel(look, cv2.CV_32F, dx, dy, scale=1 / 8) for dx, dy in ((1, 0), (0, 1)))
    steepness = cv2.GaussianBlur(across * across + down * down, (0, 0), NEIGHBOURHOOD) / np.float32(STRUCTURE**2)
    flat: Trust = 1 / (1 + steepness * steepness)
    return flat[..., None]


def flat_octaves(smallest: Size, ratio: float) -> list[Size]:
    """The sizes, from small to large, that a flat place is dreamed at before the smallest octave of all places."""
    sizes, scale = [], 1 / ratio
    while max(smallest) * scale >= SMALLEST and min(smallest) * scale >= 1:
        sizes.append(smallest.scaled_to(round(max(smallest) * scale)))
        scale /= ratio
    return sizes[::-1]


def flat_gain(flat: Trust, size: Size, *, elsewhere: bool) -> Trust:
    """What the steps of an octave are multiplied by, (H, W, 1).

    Args:
        flat: (H, W, 1), 0..1, as large as the octave.
        size: of the octave.
        elsewhere: whether it is dreamed at where nothing is flat, too.
    """
    share = (FORM_SIZE / max(size)) ** SLANT
    gain: Trust = np.float32(elsewhere) + flat * np.float32(share - elsewhere)
    return gain
