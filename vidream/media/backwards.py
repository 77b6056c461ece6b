"""A film that runs backwards, of frames that come forwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vidream.frames import Frame, Size
from vidream.media.files import create_file
from vidream.media.maker import Maker, Write


def backwards(forward: Maker, count: int) -> Maker:
    """A maker of the same film, last frame first.

    Args:
        forward: makes the film.
        count: frames that it will be given in all.
    """
    return _Backwards(forward, count)


class _Backwards(Maker):
    """Each segment waits on disk until it is whole."""

    def __init__(self, forward: Maker, count: int) -> None:
        self.forward, self.count, self.raw = forward, count, forward.raw
        self.ends_anywhere = forward.ends_anywhere

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        sizes: list[Size] = []

        def keep(frame: Frame) -> None:
            with create_file(_waiting(folder, len(sizes))) as file:
                file.write(self.raw.samples(frame).tobytes())
            sizes.append(frame.size)

        try:
            yield keep
            with self.forward.segment(folder, self.count - first - len(sizes)) as write:
                for number in reversed(range(len(sizes))):
                    write(self.raw.frame(_waiting(folder, number).read_bytes(), sizes[number]))
        finally:
            for number in range(len(sizes)):
                _waiting(folder, number).unlink()

    def names(self, first: int, end: int) -> list[str]:
        return self.forward.names(self.count - end, self.count - first)

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        ends = [*firsts[1:], count]
        self.forward.join(folder, [self.count - end for end in reversed(ends)], count)

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        self.forward.place(folder, count, overwrite=overwrite)


def _waiting(folder: Path, number: int) -> Path:
    """Where a frame waits until its segment is whole."""
    return folder / f"waiting-{number}"
