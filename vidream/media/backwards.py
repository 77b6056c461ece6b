"""A film that runs backwards, of frames that come forwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vidream.frames import Frame
from vidream.media.files import created
from vidream.media.maker import Maker, Write


class _Backwards:
    """A film of `count` frames that runs backwards: each segment waits on disk until it is whole."""

    def __init__(self, forward: Maker, count: int) -> None:
        self.forward, self.count = forward, count

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        waiting: list[tuple[np.dtype[Any], tuple[int, ...], float]] = []

        def keep(frame: Frame) -> None:
            with created(_waiting(folder, len(waiting))) as file:
                file.write(frame.samples.tobytes())
            waiting.append((frame.samples.dtype, frame.samples.shape, frame.peak))

        try:
            yield keep
            with self.forward.segment(folder, self.count - first - len(waiting)) as write:
                for number, (dtype, shape, peak) in reversed([*enumerate(waiting)]):
                    data = _waiting(folder, number).read_bytes()
                    write(Frame(np.frombuffer(data, dtype).reshape(shape), peak))
        finally:
            for number in range(len(waiting)):
                _waiting(folder, number).unlink()

    def names(self, first: int, end: int) -> list[str]:
        return self.forward.names(self.count - end, self.count - first)

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        ends = [*firsts[1:], count]
        self.forward.join(folder, [self.count - end for end in reversed(ends)], count)

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        self.forward.place(folder, count, overwrite=overwrite)


def backwards(forward: Maker, count: int) -> Maker:
    """A maker of the same film, last frame first; it is given `count` frames in all."""
    return _Backwards(forward, count)


def _waiting(folder: Path, number: int) -> Path:
    """Where a frame waits until its segment is whole."""
    return folder / f"waiting-{number}"
