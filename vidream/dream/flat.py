"""Where a film's source is flat, and how forms begin there: on smaller octaves, and with little of the finest.

One step a frame deepens what is there. Where nothing is, it deepens the grain of the network, a mesh of a few px. So a
flat place has octaves below the smallest, where a form fills much of the picture, and the finer an octave is, the
smaller are its steps there.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vidream.frames import LUMA, Image, Size, Trust, size_of
from vidream.resample import resize, resize_linear

LOOK_SIZE = 320
"""px: the long side at which a source is looked at, so that film grain is no structure."""

STRUCTURE = 4.0
"""Levels a px, at that size: a source whose luma is as steep is half flat."""

NEIGHBOURHOOD = 5.0
"""px, at that size: the sigma over which the slope is measured."""

SMALLEST = 160
"""px: the long side that a flat place's own octaves have at least; on smaller ones steps grow no further."""

FORM_SIZE = 250
"""px: the long side of the octave whose steps are as large in a flat place as elsewhere. A head that the network in
the box dreams is about half as wide.
"""

SLANT = 1.2
"""The power of its long side by which an octave's steps shrink. Of photographs it is 1 (Field 1987); a little more
is clean enough for a night sky, and no blur.
"""


def flatness(source: Image) -> Trust:
    """How flat a source is: (h, w, 1), from 0, where it has structure, to 1; at most LOOK_SIZE px."""
    look = cv2.GaussianBlur(resize(source, size_of(source).at_most(LOOK_SIZE)) @ LUMA, (0, 0), 1)
    across, down = (cv2.Sobel(look, cv2.CV_32F, dx, dy, scale=1 / 8) for dx, dy in ((1, 0), (0, 1)))
    steepness = cv2.GaussianBlur(across * across + down * down, (0, 0), NEIGHBOURHOOD) / np.float32(STRUCTURE**2)
    flat: Trust = 1 / (1 + steepness * steepness)
    return flat[..., None]


def flat_octaves(smallest: Size, ratio: float) -> list[Size]:
    """The sizes of a flat place's own octaves, from small to large.

    Args:
        smallest: size of the smallest octave that all of the picture has.
        ratio: how much larger each size is than the one before.
    """
    sizes, scale = [], 1 / ratio
    while max(smallest) * scale >= SMALLEST and min(smallest) * scale >= 1:
        sizes.append(smallest.scaled_to(round(max(smallest) * scale)))
        scale /= ratio
    return sizes[::-1]


@dataclass(frozen=True, eq=False)
class FlatPlaces:
    """How the flat places of one picture are dreamed."""

    flat: Trust
    """(h, w, 1) of any size, 0..1."""
    sizes: list[Size]
    """Of their own octaves, which come before the others."""
    turn: int | None
    """In which turn of its shot the picture is: then one of these octaves is dreamed, with the steps of all turns. So
    each frame costs less; None: all are dreamed."""

    def rests(self, octave: int) -> bool:
        """Whether an octave is left to another turn."""
        own = len(self.sizes)
        return self.turn is not None and octave < own and octave != self.turn % own

    def gain(self, octave: int, size: Size) -> Trust:
        """What the steps of an octave are multiplied by, (H, W, 1). size: of the octave."""
        own = octave < len(self.sizes)
        share = (FORM_SIZE / max(*size, SMALLEST)) ** SLANT
        if own and self.turn is not None:
            share *= len(self.sizes)
        elsewhere = np.float32(not own)
        gain: Trust = elsewhere + resize_linear(self.flat, size) * (np.float32(share) - elsewhere)
        return gain
