"""The nouns: what travels between the rooms of this house.

Frame    uint8, uint16 or float32 (H, W, 3), its peak, its alpha: as it was decoded, at its own depth
Pixels   uint8   (H, W, 3)  sRGB, 0..255        what is looked at, saved
Image    float32 (H, W, 3)  sRGB, 0..255        what is dreamed; a residual (dreamed minus source) is -255..255
Flow     float32 (H, W, 2)  px (dx, dy): where in the PREVIOUS frame this pixel is fetched, prev[y + dy, x + dx]
Trust    float32 (H, W, 1)  0..1: how far the warped previous frame may be believed
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vidream.hdr import sdr_view

_Item = TypeVar("_Item")
Pixels = NDArray[np.uint8]
Image = NDArray[np.float32]
Flow = NDArray[np.float32]
Trust = NDArray[np.float32]
Travel = tuple[float, float]
"""Rows and columns, px, by which what a shot shows has moved since it began."""
Samples = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]

PEAK = 255.0
"""Full white of Pixels and of an Image."""

LUMA = np.array([[0.2126], [0.7152], [0.0722]], np.float32)
"""(3, 1): what R, G and B count for luma (ITU-R BT.709); `image @ LUMA` is (H, W, 1)."""


class Size(NamedTuple):
    """Width and height, both at least 1."""

    width: int
    """Px."""
    height: int
    """Px."""

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    def scaled_to(self, long_side: int) -> "Size":
        """This shape with `long_side` px as its longer side; no side falls under 1 px."""
        scale = Fraction(long_side, max(self))
        return Size(max(1, round(self.width * scale)), max(1, round(self.height * scale)))

    def at_most(self, long_side: int) -> "Size":
        """`scaled_to(long_side)`, but never larger than this; 0 means no bound."""
        if 0 < long_side < max(self):
            return self.scaled_to(long_side)
        return self


def size_of(image: Samples) -> Size:
    """Width and height, px, of an array (H, W, ...)."""
    return Size(image.shape[1], image.shape[0])


def as_pixels(image: Image) -> Pixels:
    """An Image, rounded and clipped to 0..255."""
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame at the depth that its source has; it becomes an Image only where something is computed."""

    samples: Samples
    """(H, W, 3), sRGB; or as `transfer` says."""
    peak: float
    """What full white is: 255 of uint8, 65535 of uint16. Of float32, 255 for an Image; its values may go beyond."""
    alpha: Samples | None = None
    """(H, W, 1), of the samples' kind: `peak` where it is opaque; the samples are not multiplied by it. None: opaque
    everywhere."""
    transfer: str = ""
    """Of a film of HDR whose samples are kept as they are: vidream.hdr.PQ or HLG. Its image and its pixels are then how
    they look on a display of SDR. "": they are sRGB, as that display has them."""

    @property
    def size(self) -> Size:
        """Width and height, px."""
        return size_of(self.samples)

    def image(self) -> Image:
        """The frame as an Image, float32, 0..255; its own samples where they are that."""
        image = self.samples.astype(np.float32, copy=False)
        if self.transfer:
            return sdr_view(image / np.float32(self.peak), self.transfer) * np.float32(PEAK)
        if self.peak == PEAK:
            return image
        return image * np.float32(PEAK / self.peak)

    @property
    def opacity(self) -> Trust | None:
        """Its alpha, float32 (H, W, 1), 0..1; None: opaque everywhere."""
        if self.alpha is None:
            return None
        return self.alpha.astype(np.float32) / np.float32(self.peak)

    def pixels(self) -> Pixels:
        """The frame as Pixels, uint8, 0..255; its own samples where they are that."""
        if self.samples.dtype == np.uint8 and self.peak == PEAK and not self.transfer:
            return self.samples  # type: ignore[return-value]
        return as_pixels(self.image())


@dataclass(frozen=True, eq=False)
class Context:
    """What is known of a picture that is to be dreamed, beside the picture itself."""

    place: tuple[int, ...] = ()
    """What chance depends on beside the seed: () within a shot, (frame,) for frames dreamed alone."""
    trust: Trust | None = None
    """Of any size: where it is low, nothing could be carried, and the steps are larger; None: all of it."""
    flat: Trust | None = None
    """(h, w, 1) of any size, 0..1: how flat the source is, so that forms begin there; None: not at all."""
    turn: int | None = None
    """Counts the pictures of a film, of which each has one in turn of the octaves of its flat places; None: all."""
    travel: Travel = (0.0, 0.0)
    """Rows and columns, px of the picture, by which what it shows has moved since the shot began."""


@dataclass(frozen=True)
class Shot:
    """What needs nothing from outside: a run of source frames."""

    first: int
    """The number of its first source frame."""
    last: int
    """The number of its last source frame, which belongs to it."""


def last_of(items: Iterable[_Item]) -> _Item:
    """The last of many; each before it is let go of when the next comes. IndexError: there is none."""
    return deque(items, maxlen=1).pop()
