"""What is written beside a film: a plot, a table; under the same rules as OUT."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vidream.errors import MediaError
from vidream.jobs.places import place
from vidream.media.paths import check_out, replacing
from vidream.media.picture_formats import PICTURES, PICTURES_READ
from vidream.media.sequence import pictures_of, sequence


@dataclass(frozen=True)
class SideFile:
    """A plot or a table."""

    path: Path
    """Where it is to be."""
    ending: str
    """That its name must have: ".png", ".csv"."""
    overwrite: bool
    """Whether what is there already may be replaced."""
    sources: Sequence[Path | None] = ()
    """What is read, and never replaced; folders and patterns of pictures stand for all of their pictures."""
    out: Path | None = None
    """What else is made; the file may be neither that, nor one of its pictures."""

    def check(self) -> None:
        """Raise MediaError if it may not be written."""
        named = [source for source in self.sources if source is not None]
        read = [*named, *(picture for source in named for picture in pictures_of(source))]
        check_out(self.path, self.overwrite, read, (self.ending,))
        if any(_is_read_from(self.path, source) for source in named):
            problem = "would lie among the pictures that are read, and be one of them the next time"
            raise MediaError(f"{self.path}: {problem}; choose another folder")
        if self.out is not None and _is_picture_of(self.path, self.out):
            raise MediaError(f"{self.path}: is one of the pictures of {self.out}; name another file")
        if self.out is not None and place(self.path) == place(self.out):
            raise MediaError(f"{self.path}: is the same file as {self.out}; name another file")

    @contextmanager
    def open(self) -> Iterator[Path]:
        """Where to write it: it is in its place, whole, when the block has ended without an error.

        Raises:
            MediaError: it may not be written any more.
            RenderError: the disk refuses.
        """
        self.check()
        sources = [source for source in self.sources if source is not None]
        with replacing(self.path, overwrite=self.overwrite, sources=sources) as path:
            yield path


def _is_read_from(path: Path, source: Path) -> bool:
    """Whether a picture of this name would be a frame of a folder, or a pattern, of pictures."""
    if path.suffix.lower() not in PICTURES_READ:
        return False
    if source.is_dir():
        return os.path.realpath(path.parent) == os.path.realpath(source)
    many = None if source.exists() else sequence(source, PICTURES_READ)
    one_folder = os.path.realpath(path.parent) == os.path.realpath(source.parent)
    return many is not None and one_folder and many.names(path.name)


def _is_picture_of(path: Path, out: Path) -> bool:
    many = sequence(out, PICTURES)
    if many is None or os.path.realpath(path.parent) != os.path.realpath(out.parent):
        return False
    return any(many.picture(int(digits)).name == path.name for digits in re.findall(r"\d+", path.name))
