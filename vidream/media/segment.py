"""Frames -> a segment of a film, by ffmpeg."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.frames import Frame, Size, size_of
from vidream.media.ffmpeg import Ffmpeg, local
from vidream.media.join import segment_name
from vidream.media.maker import Encoding, Write
from vidream.media.target import Target


@contextmanager
def encode_segment(out: Path, folder: Path, first: int, target: Target, encoding: Encoding) -> Iterator[Write]:
    """Encode a segment: the block is given a function that takes its frames, one after the other.

    Args:
        out: the film that it is a part of, for messages.
        folder: where the segment is made.
        first: the number of its first output frame.
        target: what it is encoded as.
        encoding: what the film is to be.

    Raises:
        RenderError: ffmpeg fails.
    """
    raw, size = target.pixel_format.raw, target.stored_size(encoding.size)
    pipe = ["-f", "rawvideo", "-pix_fmt", raw.name, "-s", str(size), "-r", str(encoding.fps), "-i", "pipe:0"]
    with Ffmpeg([*pipe, *target.encoder, local(folder / segment_name(first, target))], f"write {out}") as encoder:

        def write(frame: Frame) -> None:
            encoder.feed(_padded(target.pixel_format.fed(frame), size))

        yield write


def _padded(samples: NDArray[Any], size: Size) -> NDArray[Any]:
    """The last row and column repeated up to `size`; contiguous, and the samples themselves where they are that."""
    width, height = size_of(samples)
    if (width, height) == size:
        return np.ascontiguousarray(samples)
    return np.pad(samples, ((0, size.height - height), (0, size.width - width), (0, 0)), "edge")
