"""Raw video, as it goes through a pipe from ffmpeg and to it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vidream.frames import Frame, Size

CHANNELS = 3


@dataclass(frozen=True)
class RawFormat:
    """How the px of a raw frame lie behind one another: red, green, blue, row by row."""

    name: str
    """ffmpeg's name of it."""
    dtype: "np.dtype[Any]"
    """Of a sample, an unsigned integer."""
    peak: float
    """The sample that is full white, the largest there is."""

    def frame_bytes(self, size: Size) -> int:
        """How many bytes a frame of this size takes."""
        return size.width * size.height * CHANNELS * self.dtype.itemsize

    def frame(self, data: bytes, size: Size) -> Frame:
        """The frame whose `frame_bytes(size)` bytes these are; they are not copied."""
        samples = np.frombuffer(data, self.dtype).reshape(size.height, size.width, CHANNELS)
        return Frame(samples, self.peak)

    def quantised(self, frame: Frame) -> Frame:
        """A frame at this depth: the frame itself where it has it; else its samples rounded and clipped, once.

        Args:
            frame: of any depth; what goes beyond its peak, or below 0, is clipped.
        """
        if frame.samples.dtype == self.dtype and frame.peak == self.peak:
            return frame
        scaled = np.multiply(frame.samples, np.float32(self.peak / frame.peak), dtype=np.float32)
        np.rint(scaled, out=scaled)
        np.clip(scaled, 0, self.peak, out=scaled)
        return Frame(scaled.astype(self.dtype), self.peak)


RGB24 = RawFormat("rgb24", np.dtype(np.uint8), 255.0)
RGB48 = RawFormat("rgb48le", np.dtype("<u2"), 65535.0)
