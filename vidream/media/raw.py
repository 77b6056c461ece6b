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
    """By ffmpeg's name of it."""
    dtype: "np.dtype[Any]"
    """Of a sample."""
    peak: float
    """The sample that is full white."""

    def frame_bytes(self, size: Size) -> int:
        """How many bytes a frame of this size takes."""
        return size.width * size.height * CHANNELS * self.dtype.itemsize

    def frame(self, data: bytes, size: Size) -> Frame:
        """The frame whose `frame_bytes(size)` these are; they are not copied."""
        samples = np.frombuffer(data, self.dtype).reshape(size.height, size.width, CHANNELS)
        return Frame(samples, self.peak)


RGB24 = RawFormat("rgb24", np.dtype(np.uint8), 255.0)
RGB48 = RawFormat("rgb48le", np.dtype("<u2"), 65535.0)
