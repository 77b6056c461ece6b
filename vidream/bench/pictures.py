"""Pictures to measure with: made here, the same each time."""

from collections.abc import Iterator

import cv2
import numpy as np

from vidream.frames import Pixels, Size, as_pixels

STEP = 2
"""px that the camera goes from frame to frame."""


def textured(size: Size) -> Pixels:
    """Soft coloured forms, 50 levels about grey."""
    noise = np.random.default_rng(0).normal(0, 1, (size.height, size.width, 3)).astype(np.float32)
    forms = cv2.GaussianBlur(noise, (0, 0), 3)
    return as_pixels(128 + 50 * forms / forms.std())


def panned(size: Size, count: int) -> Iterator[Pixels]:
    """Frames of a camera that goes right over a still scene."""
    scene = textured(Size(size.width + STEP * count, size.height))
    for number in range(count):
        yield np.ascontiguousarray(scene[:, STEP * number : STEP * number + size.width])
