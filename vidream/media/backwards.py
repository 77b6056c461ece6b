"""A film that runs backwards, of frames that come forwards."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from vidream.frames import Pixels
from vidream.media.writer import Maker, Write


class _Backwards:
    """A film of `count` frames that runs backwards: each segment waits on disk until it is whole."""

    def __init__(self, forward: Maker, count: int) -> None:
        self.forward, self.count = forward, count

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        waiting = folder / "waiting"
        made, shape = 0, (0, 0, 0)

        def keep(pixels: Pixels) -> None:
            nonlocal made, shape
            (waiting / str(made)).write_bytes(pixels.tobytes())
            shape, made = pixels.shape, made + 1

        waiting.mkdir(exist_ok=True)
        try:
            yield keep
            with self.forward.segment(folder, self.count - first - made) as write:
                for number in reversed(range(made)):
                    data = (waiting / str(number)).read_bytes()
                    write(np.frombuffer(data, np.uint8).reshape(shape))
        finally:
            shutil.rmtree(waiting)

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        ends = [*firsts[1:], count]
        self.forward.join(folder, [self.count - end for end in reversed(ends)], count)

    def place(self, folder: Path, count: int) -> None:
        self.forward.place(folder, count)


def backwards(forward: Maker, count: int) -> Maker:
    """A maker of the same film, last frame first; it is given `count` frames in all."""
    return _Backwards(forward, count)
