"""The nouns: what travels between the rooms of this house.

Frame    uint8, uint16 or float32 (H, W, 3), and its peak: as it was decoded, at its own depth
Pixels   uint8   (H, W, 3)  sRGB, 0..255        what is looked at, saved
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
Samples = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]

PEAK = 255.0
"""Full white of Pixels and of an Image."""

LUMA = np.array([[0.2126], [0.7152], [0.0722]], np.float32)
"""(3, 1): what R, G and B count for luma (ITU-R BT.709); `image @ LUMA` is (H, W, 1)."""


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


def size_of(image: Samples) -> Size:
    """Width and height of a picture, (H, W, ...)."""
    return Size(image.shape[1], image.shape[0])


def as_pixels(image: Image) -> Pixels:
    """An Image, rounded and clipped to 0..255."""
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame at the depth that its source has; it becomes an Image only where something is computed."""

    samples: Samples
    """(H, W, 3), sRGB."""
    peak: float
    """What full white is: 255 of uint8, 65535 of uint16. Of float32, 255 for an Image; its values may go beyond."""

    @property
    def size(self) -> Size:
        """Width and height, px."""
        return size_of(self.samples)

    def image(self) -> Image:
        """float32, 0..255."""
        image = self.samples.astype(np.float32, copy=False)
        return image if self.peak == PEAK else image * np.float32(PEAK / self.peak)

    def pixels(self) -> Pixels:
        """uint8, 0..255: the samples themselves, where they are of 8 bits."""
        if self.samples.dtype == np.uint8 and self.peak == PEAK:
            return self.samples  # type: ignore[return-value]
        return as_pixels(self.image())


@dataclass(frozen=True)
class Overlap:
    """Where one of several joined recordings begins before the sound of those before it is over."""

    time: Fraction
    """Seconds, on the clock that ffmpeg tells."""
    late: Fraction
    """Seconds by which all that follows comes later, so that nothing overlaps."""


@dataclass(frozen=True)
class Sound:
    """A sound track of a file."""

    path: Path
    codec: str
    """By ffmpeg's name: aac, mp3, vorbis, pcm_s16le."""
    channels: str = ""
    """Their layout, by ffmpeg's name: mono, stereo, 5.1(side), "60 channels"; "" where it is not known."""
    pictured: bool = False
    """Whether its file has a picture, too. Some kinds of file count time from the start of what is read of them, so
    that the picture must be read wherever the sound is, and the other way round (vidream.media.ffmpeg.beside)."""
    track: int = 0
    """Which of the file's sound tracks; 0 is the first."""
    overlaps: tuple[Overlap, ...] = ()
    """Of joined recordings (vidream.media.overlaps), in order."""
    jumps: bool = False
    """Whether its file's clock begins anew on the way, so that no moment can be sought by its time."""


@dataclass(frozen=True)
class Pace:
    """How a film's stored frames fill its constant rate."""

    rate: Fraction
    """Frames a second, exact."""
    count: int
    """Frames in all at that rate, as its packets tell."""
    ending: int = 1
    """Frames that the last stored one is shown for."""
    longest: Fraction = Fraction(0)
    """Seconds that any stored frame is shown for, at most."""
    in_order: bool = False
    """The file's clock is too coarse for the rate: one after the other, each stored frame is a frame."""


@dataclass(frozen=True)
class Video:
    """A film on disk, as its packets and its first frame tell.

    size        px, as shown: turned upright, px square
    fps         frames a second, exact and constant: frames of a variable rate are repeated to fill it
    count       frames in all, as far as can be known before they are read
    begins      seconds after the file's own start, where its first frame lies; its sound may lie before
    sound       None for a silent film
    filters     ffmpeg's, that make of the stored frames what they should look like; none keeps anything of a film but
                a few frames, as ffmpeg begins them anew wherever size or colours change
    pictures    the files of a sequence of pictures, in order; () for a film
    pace        how stored frames become frames at `fps`; None for pictures
    max_pixels  that any frame may have
    track       which of the file's pictures; 0 is the first, as in nearly all
    deep        whether its samples have more than 8 bits, so that its frames are of uint16
    """

    path: Path
    size: Size
    fps: Fraction
    count: int | None
    begins: Fraction = Fraction(0)
    sound: Sound | None = None
    filters: tuple[str, ...] = ()
    pictures: tuple[Path, ...] = ()
    pace: Pace | None = None
    max_pixels: int = 2**31 - 1
    track: int = 0
    deep: bool = False


@dataclass(frozen=True)
class Shot:
    """What needs nothing from outside: source frames `first` to `last`, both included."""

    first: int
    last: int
