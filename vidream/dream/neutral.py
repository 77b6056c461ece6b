"""Neutral pictures: drawn by chance, with the statistics of photographs and with nothing on them.

What a channel answers to them, it answers to anything.
"""

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import Image

SIDE, EACH = 224, 6
"""px of a neutral picture's sides; how many there are of each of the two kinds."""

COLOURS = np.array([[1.0, 0.38, 0.05], [0.92, -0.07, -0.13], [0.93, -0.34, 0.08]])
"""R, G, B of the three axes along which photographs vary, as far as they do: light above all, then red to blue, least
green to purple. Principal axes of six photographs; Ruderman, Cronin and Chiao (1998) found the same three.
"""

LIGHT, CONTRAST = 120, 50
"""Levels: mean and deviation of a neutral picture, about."""

LEAVES = 1500
"""Leaves of a picture, one upon the other."""


@cache
def neutral_pictures() -> Sequence[Image]:
    """Pictures of noise and of leaves: float32 (SIDE, SIDE, 3), 0..255, always the same."""
    return tuple(draw(np.random.default_rng(seed)) for seed in range(EACH) for draw in (_noise, _leaves))


def _noise(rng: np.random.Generator) -> Image:
    """Noise whose amplitudes fall as 1 / frequency, as those of photographs do (Field 1987)."""
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.normal(size=(3, SIDE, SIDE))) / frequency
    return _as_picture(np.fft.irfft2(spectrum, (SIDE, SIDE)).transpose(1, 2, 0))


def _leaves(rng: np.random.Generator) -> Image:
    """Discs, ellipses and rectangles that hide one another, of sizes as in photographs (Lee, Mumford, Huang 2001)."""
    canvas = np.zeros((SIDE, SIDE, 3), np.float32)
    smallest, largest = 3.0, SIDE / 2
    shares = rng.random(LEAVES)
    sizes = (smallest**-2 - (smallest**-2 - largest**-2) * shares) ** -0.5  # as many as 1 / size^3
    for size in sizes:
        place = tuple(map(float, rng.uniform(0, SIDE, 2)))
        leaf = place, (2 * size, 2 * size * rng.uniform(0.2, 1)), rng.uniform(0, 180)
        colour = rng.normal(size=3).tolist()
        if rng.random() < 0.5:
            cv2.ellipse(canvas, leaf, colour, -1)
        else:
            cv2.fillPoly(canvas, [cv2.boxPoints(leaf).astype(np.int32)], colour)
    return _as_picture(cv2.GaussianBlur(canvas, (0, 0), 0.7))


def _as_picture(values: NDArray[np.floating]) -> Image:
    """Values of three axes, (SIDE, SIDE, 3), in the colours and the contrast of photographs."""
    colours = values @ COLOURS.T
    picture: Image = np.clip(colours / colours.std() * CONTRAST + LIGHT, 0, 255).astype(np.float32)
    return picture
