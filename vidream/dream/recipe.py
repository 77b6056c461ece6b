"""How a picture is brought through its octaves: our way, and the two tutorials' to the letter.

They differ in the sizes, in how one size is made from another, in whether the source's detail is put back, in clipping,
and in the smallest gradient that counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from vidream.config import Dream
from vidream.frames import Image, Size
from vidream.resample import resize, sample_linear

Sizes = Callable[[Size, Dream], list[Size]]
Resize = Callable[[Image, Size], Image]


@dataclass(frozen=True)
class Recipe:
    """One way through the octaves."""

    sizes: Sizes
    """The picture's size, and the knobs -> the sizes of its octaves, from the smallest to the picture's own."""

    resize: Resize
    """A picture at another size."""

    chained: bool
    """Each smaller source is made of the next larger one; else all are made of the picture itself."""

    detail: bool
    """At each size the source's own detail is there anew, under what was dreamed; else the dreamed picture itself goes
    from size to size.
    """

    clipped: bool
    """To 0..255 at each step."""

    epsilon: float
    """Added to what the gradient is divided by."""

    flat: bool
    """A film's flat places have octaves and steps of their own, as in dream/flat.py."""

    def sources(self, start: Image, sizes: list[Size]) -> list[Image]:
        """The picture at each of its octaves' sizes, in their order."""
        largest_first = [start]
        for size in reversed(sizes[:-1]):
            larger = largest_first[-1] if self.chained else start
            largest_first.append(self.resize(larger, size))
        return largest_first[::-1]


def _rounded(size: Size, knobs: Dream) -> list[Size]:
    scales = [knobs.octave_ratio**-octave for octave in reversed(range(knobs.octaves))]
    return [Size(max(1, round(size.width * scale)), max(1, round(size.height * scale))) for scale in scales]


def _truncated_one_from_the_other(size: Size, knobs: Dream) -> list[Size]:
    sizes, ratio = [size], np.float32(knobs.octave_ratio)
    for _ in range(knobs.octaves - 1):
        sizes.append(Size(*(max(1, int(np.float32(side) / ratio)) for side in sizes[-1])))
    return sizes[::-1]


def _truncated(size: Size, knobs: Dream) -> list[Size]:
    scales = [np.float32(knobs.octave_ratio**-octave) for octave in reversed(range(knobs.octaves))]
    return [Size(*(max(1, int(np.float32(side) * scale)) for side in size)) for scale in scales]


RECIPES: Mapping[str, Recipe] = {
    "vidream": Recipe(_rounded, resize, chained=False, detail=True, clipped=True, epsilon=1e-20, flat=True),
    # "DeepDreaming with TensorFlow" (Mordvintsev 2015): what it calls hi and lo is, as scaling is linear, the source's
    # detail put back under what was dreamed; scaled by tf.compat.v1.image.resize_bilinear, without half-px centres
    "googlenet-2015": Recipe(
        _truncated_one_from_the_other,
        lambda image, size: sample_linear(image, size, centre=0.0),
        chained=True,
        detail=True,
        clipped=False,
        epsilon=1e-7,
        flat=False,
    ),
    # "DeepDream" (TensorFlow tutorials 2019): its picture lies in -1..1, so that a gradient is 127.5 times ours
    "inception-v3": Recipe(
        _truncated,
        lambda image, size: sample_linear(image, size, centre=0.5),
        chained=False,
        detail=False,
        clipped=True,
        epsilon=1e-8 / 127.5,
        flat=False,
    ),
}
"""What --recipe calls it -> the recipe."""
