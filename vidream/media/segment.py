"""Frames -> a file of a film's frames, by ffmpeg."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.frames import Frame, Size, size_of
from vidream.media.ffmpeg import Ffmpeg, local
from vidream.media.maker import Encoding, Write
from vidream.media.target import Target


@contextmanager
def encode_frames(out: Path, path: Path, encoder: Sequence[str], target: Target, encoding: Encoding) -> Iterator[Write]:
    """Encode frames: the block is given a function that takes them, one after the other.

    Args:
        out: the film that they are of, for messages.
        path: the file that is made.
        encoder: ffmpeg's arguments: one of the target's encoders of raw frames.
        target: what the film is encoded as.
        encoding: what the film is to be.

    Raises:
        RenderError: ffmpeg fails.
    """
    raw, size = target.pixel_format.raw, target.stored_size(encoding.size)
    pipe = ["-f", "rawvideo", "-pix_fmt", raw.name, "-s", str(size), "-r", str(encoding.fps), "-i", "pipe:0"]
    with Ffmpeg([*pipe, *encoder, local(path)], f"write {out}") as run:

        def write(frame: Frame) -> None:
            run.feed(_padded(target.pixel_format.fed(frame), size))

        yield write


def _padded(samples: NDArray[Any], size: Size) -> NDArray[Any]:
    """The last row and column repeated up to `size`; contiguous, and the samples themselves where they are that."""
    width, height = size_of(samples)
    if (width, height) == size:
        return np.ascontiguousarray(samples)
    return np.pad(samples, ((0, size.height - height), (0, size.width - width), (0, 0)), "edge")
