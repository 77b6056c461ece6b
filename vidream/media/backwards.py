"""A film that runs backwards, of frames that come forwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vidream.frames import Frame, Size
from vidream.media.files import create_file
from vidream.media.maker import Maker, Write


def backwards(forward: Maker, count: int, prefix: str = "") -> Maker:
    """A maker of the same film, last frame first.

    Args:
        forward: makes the film.
        count: frames that it will be given in all.
        prefix: how the names of its files begin in the folder where it is made.
    """
    return _Backwards(forward, count, prefix)


class _Backwards(Maker):
    """Each segment waits on disk until it is whole."""

    def __init__(self, forward: Maker, count: int, prefix: str) -> None:
        self.forward, self.count, self.raw, self.prefix = forward, count, forward.raw, prefix
        self.rushes = forward.rushes

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        sizes: list[Size] = []

        def keep(frame: Frame) -> None:
            with create_file(self._waiting(folder, len(sizes))) as file:
                file.write(self.raw.samples(frame).tobytes())
            sizes.append(frame.size)

        try:
            yield keep
            with self.forward.segment(folder, self.count - first - len(sizes)) as write:
                for number in reversed(range(len(sizes))):
                    write(self.raw.frame(self._waiting(folder, number).read_bytes(), sizes[number]))
        finally:
            for number in range(len(sizes)):
                self._waiting(folder, number).unlink()

    def names(self, first: int, end: int) -> list[str]:
        return self.forward.names(self.count - end, self.count - first)

    def rush_names(self, first: int, end: int) -> list[str]:
        return self.forward.rush_names(self.count - end, self.count - first)

    def encode(self, folder: Path, firsts: Sequence[int], end: int) -> None:
        self.forward.encode(folder, self._turned(firsts, end), self.count - firsts[0])

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        self.forward.join(folder, self._turned(firsts, count), count)

    def _turned(self, firsts: Sequence[int], end: int) -> list[int]:
        """The first frames of segments, as they are numbered forwards. end: the frame after the last."""
        return [self.count - each for each in reversed([*firsts[1:], end])]

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        self.forward.place(folder, count, overwrite=overwrite)

    def _waiting(self, folder: Path, number: int) -> Path:
        """Where a frame waits until its segment is whole."""
        return folder / f"{self.prefix}waiting-{number}"
