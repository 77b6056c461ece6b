"""The nouns: what travels between the rooms of this house.

Pixels   uint8   (H, W, 3)  sRGB, 0..255        decoded, saved, encoded
Image    float32 (H, W, 3)  sRGB, 0..255        what is dreamed; a residual (dreamed minus source) is -255..255
Flow     float32 (H, W, 2)  px (dx, dy): where in the PREVIOUS frame this pixel is fetched, prev[y + dy, x + dx]
Trust    float32 (H, W, 1)  0..1: how far the warped previous frame may be believed
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Image = NDArray[np.float32]
Flow = NDArray[np.float32]
Trust = NDArray[np.float32]


class Size(NamedTuple):
    """Width and height in px, both at least 1."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    def scaled_to(self, long_side: int) -> "Size":
        """This shape with `long_side` px as its longer side; no side falls under 1 px."""
        scale = Fraction(long_side, max(self))
        return Size(max(1, round(self.width * scale)), max(1, round(self.height * scale)))

    def at_most(self, long_side: int) -> "Size":
        """`scaled_to(long_side)`, but never larger than this; 0 means no bound."""
        return self.scaled_to(long_side) if 0 < long_side < max(self) else self


def size_of(image: Pixels | Image) -> Size:
    return Size(image.shape[1], image.shape[0])


@dataclass(frozen=True)
class Sound:
    """A sound track of a file."""

    path: Path
    codec: str
    """By ffmpeg's name: aac, mp3, vorbis, pcm_s16le."""
    track: int = 0
    """Which of the file's sound tracks; 0 is the first."""


@dataclass(frozen=True)
class Video:
    """A film on disk, as its first frame and its header tell.

    size      px, as shown: turned upright, px square
    fps       frames a second, exact and constant: frames of a variable rate are repeated to fill it
    count     frames in all, as far as can be known before they are read
    begins    seconds after the file's own start, where its first frame lies; its sound may lie before
    sound     None for a silent film
    filters   ffmpeg's, that make of the stored frames what they should look like
    pictures  the files of a sequence of pictures, in order; () for a film
    """

    path: Path
    size: Size
    fps: Fraction
    count: int | None
    begins: Fraction = Fraction(0)
    sound: Sound | None = None
    filters: tuple[str, ...] = ()
    pictures: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Shot:
    """What needs nothing from outside: source frames `first` to `last`, both included."""

    first: int
    last: int
