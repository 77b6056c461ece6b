"""Raw video, as it goes through a pipe from ffmpeg and to it."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import Frame, Size

DEPTHS = {1: cv2.CV_8U, 2: cv2.CV_16U, 4: cv2.CV_32F}
"""OpenCV's unsigned integers, and its float, by their bytes."""


@dataclass(frozen=True)
class RawFormat:
    """How the px of a raw frame lie behind one another: red, green, blue, and alpha where it has one, row by row."""

    name: str
    """ffmpeg's name of it."""
    dtype: "np.dtype[Any]"
    """Of a sample, an unsigned integer or a float."""
    peak: float
    """The sample that is full white; of an integer, the largest there is."""
    alpha: bool = False
    """Whether its px have an alpha."""

    @property
    def channels(self) -> int:
        """Samples of a px."""
        return 4 if self.alpha else 3

    def frame_bytes(self, size: Size) -> int:
        """How many bytes a frame of this size takes."""
        return size.width * size.height * self.channels * self.dtype.itemsize

    def frame(self, data: bytes, size: Size) -> Frame:
        """The frame whose `frame_bytes(size)` bytes these are; they are not copied."""
        samples = np.frombuffer(data, self.dtype).reshape(size.height, size.width, self.channels)
        if not self.alpha:
            return Frame(samples, self.peak)
        return Frame(samples[..., :3], self.peak, samples[..., 3:])

    def samples(self, frame: Frame) -> NDArray[Any]:
        """The samples of a frame as they are written, (H, W, channels): quantised, with its alpha where px have one.

        A frame without alpha is opaque; one with alpha loses it where px have none.
        """
        samples = self._quantised(frame.samples, frame.peak)
        if not self.alpha:
            return samples
        if frame.alpha is None:
            alpha = np.full((*samples.shape[:2], 1), self.peak, self.dtype)
        else:
            alpha = self._quantised(frame.alpha, frame.peak)
        return np.concatenate([samples, alpha], axis=2)

    def quantised(self, frame: Frame) -> Frame:
        """A frame at this depth: the frame itself where it has it; else its samples rounded and clipped, once.

        Args:
            frame: of any depth; what goes beyond its peak, or below 0, is clipped, unless this depth is of floats.
        """
        if frame.samples.dtype == self.dtype and frame.peak == self.peak:
            return frame
        alpha = None
        if frame.alpha is not None:
            alpha = self._quantised(frame.alpha, frame.peak)
        return Frame(self._quantised(frame.samples, frame.peak), self.peak, alpha, frame.transfer)

    def _quantised(self, samples: NDArray[Any], peak: float) -> NDArray[Any]:
        if samples.dtype == self.dtype and peak == self.peak:
            return samples
        if samples.dtype.kind == "u":  # of whole numbers, OpenCV gives the same in a third of the time
            scale = self.peak / peak
            nearest: NDArray[Any] = cv2.multiply(samples, (scale,) * 4, dtype=DEPTHS[self.dtype.itemsize])
            return nearest.reshape(samples.shape)
        scaled = np.multiply(samples, np.float32(self.peak / peak), dtype=np.float32)
        if self.dtype.kind != "f":
            np.rint(scaled, out=scaled)
            np.clip(scaled, 0, self.peak, out=scaled)
        quantised: NDArray[Any] = scaled.astype(self.dtype, copy=False)
        return quantised


RGB24 = RawFormat("rgb24", np.dtype(np.uint8), 255.0)
RGB48 = RawFormat("rgb48le", np.dtype("<u2"), 65535.0)
RGBA32 = RawFormat("rgba", np.dtype(np.uint8), 255.0, alpha=True)
RGBA64 = RawFormat("rgba64le", np.dtype("<u2"), 65535.0, alpha=True)
FLOAT = RawFormat("gbrpf32le", np.dtype("<f4"), 255.0)
