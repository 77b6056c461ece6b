"""A decoded picture, and what its px need before they are used: upright, straight alpha, red first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import PEAK, Frame, Pixels, Samples, Size
from vidream.media.raw import RawFormat

SIDEWAYS = (5, 6, 7, 8)
"""EXIF's orientations that swap width and height."""

_TURNED: Mapping[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: lambda samples: samples[:, ::-1],
    3: lambda samples: samples[::-1, ::-1],
    4: lambda samples: samples[::-1],
    5: lambda samples: samples.swapaxes(0, 1),
    6: lambda samples: samples.swapaxes(0, 1)[:, ::-1],
    7: lambda samples: samples.swapaxes(0, 1)[::-1, ::-1],
    8: lambda samples: samples.swapaxes(0, 1)[::-1],
}


@dataclass(frozen=True)
class Picture:
    """A decoded picture, at the depth that its file has."""

    samples: Samples
    """(H, W, 3), upright: uint8, uint16; or float32 levels, 255 being white, of which brighter light is more."""
    alpha: Samples | None = None
    """(H, W), of the samples' kind, `peak` where it is opaque; the samples are not multiplied by it. None: it has
    none."""
    profile: bytes | None = None
    """The ICC profile that the samples are in; None for sRGB."""

    @property
    def peak(self) -> float:
        """What full white is."""
        return 65535.0 if self.samples.dtype == np.uint16 else PEAK

    @property
    def frame(self) -> Frame:
        """The picture as a frame, in the colours of its profile."""
        alpha = None if self.alpha is None else self.alpha[..., None]
        return Frame(self.samples, self.peak, alpha)

    @property
    def pixels(self) -> Pixels:
        """The picture with 8 bits, (H, W, 3)."""
        return self.frame.pixels()

    def quantised(self, raw: RawFormat) -> "Picture":
        """The picture at another depth; itself if it has that depth."""
        frame = raw.quantised(self.frame)
        alpha = None if frame.alpha is None else frame.alpha[..., 0]
        return Picture(frame.samples, alpha, self.profile)

    @property
    def transparent(self) -> bool:
        """Whether any px is less than opaque."""
        return self.alpha is not None and bool(self.alpha.min() < self.peak)

    @property
    def brighter_than_white(self) -> bool:
        """Whether any sample is brighter than white, by more than rounding: floats alone can be."""
        return self.samples.dtype == np.float32 and bool(self.samples.max() > PEAK + 0.5)


Remark = Callable[[str], None]
"""Is told what was taken for granted of a picture, or is wrong with it, in a line."""


class DeepPicture(Protocol):
    """A picture of more than 8 bits that is not decoded yet: its header has been read, and its claims checked."""

    @property
    def size(self) -> Size:
        """Px, upright."""

    def decoded(self, remark: Remark) -> Picture:
        """Decode it. If it is damaged, any of vidream.media.pillow.DAMAGED is raised."""


def upright(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Samples (H, W, ...) turned upright by EXIF's orientation; an unknown one turns nothing."""
    turn = _TURNED.get(orientation)
    return samples if turn is None else turn(samples)


def upright_size(size: Size, orientation: int) -> Size:
    """The size, px, after `upright`."""
    return Size(size.height, size.width) if orientation in SIDEWAYS else size


def straight(colours: NDArray[Any], alpha: NDArray[Any], peak: float) -> NDArray[np.float32]:
    """Premultiplied colours, divided by their alpha; where that is 0 they stay as they are.

    Args:
        colours: (H, W, 3), premultiplied.
        alpha: (H, W).
        peak: the alpha that is opaque.
    """
    share = alpha.astype(np.float32)
    share /= np.float32(peak)
    share[share == 0] = 1
    divided: NDArray[np.float32] = np.divide(colours, share[..., None], dtype=np.float32)
    return divided


def by_opencv(content: NDArray[np.uint8]) -> NDArray[Any]:
    """Decode the samples of a file, (H, W, 3 or 4), at its own depth: red, green, blue, and alpha where it has one.

    Args:
        content: all of its bytes.

    Raises:
        ValueError: they cannot be decoded.
    """
    try:
        samples = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        samples = None
    if samples is None:
        raise ValueError("its px cannot be decoded")
    order = {2: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
    channels = samples.ndim if samples.ndim == 2 else samples.shape[2]
    if samples.dtype == np.float64:
        samples = samples.astype(np.float32)
    turned: NDArray[Any] = cv2.cvtColor(samples, order[channels])
    return turned
