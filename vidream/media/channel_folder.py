"""Channels of each frame -> a folder of OpenEXR files, one for each frame."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from vidream.media.exr import Channel, write_exr
from vidream.media.maker import SegmentMaker
from vidream.media.picture_folder import PictureFolder

Channels = Mapping[str, Channel]
"""By name; all of one size, (H, W)."""


class ChannelFolder(SegmentMaker[Channels]):
    """Makes a folder of OpenEXR files: they are written elsewhere, and moved there when all are made."""

    def __init__(
        self, out: Path, prefix: str = "", attributes: Mapping[str, str] | None = None, total: int | None = None
    ) -> None:
        """Make nothing yet.

        Args:
            out: the pattern of the files.
            prefix: what their names begin with until they are moved.
            attributes: texts that each file carries, by name.
            total: the number of files if the last frame comes first; None if they come in order.
        """
        self._folder, self._attributes, self._total = PictureFolder(out, prefix), attributes, total

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Callable[[Channels], None]]:
        numbers = count(first + 1)
        if self._total is not None:
            numbers = count(self._total - first, -1)
        yield lambda channels: write_exr(self._folder.picture(folder, next(numbers)), channels, self._attributes)

    def names(self, first: int, end: int) -> list[str]:
        if self._total is not None:
            first, end = self._total - end, self._total - first
        return self._folder.names(first, end)

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        self._folder.join(folder, firsts, count)

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        self._folder.place(folder, count, overwrite=overwrite)
