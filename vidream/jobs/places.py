"""What jobs make and read, compared as files on disk, whatever names lead to them."""

import os
from collections.abc import Hashable, Iterable
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize

from vidream.media.picture_formats import PICTURES, PICTURES_READ
from vidream.media.sequence import Sequence, pictures_of, sequence


def place(path: Path) -> Hashable:
    """Where a file is, or would be made: equal for two paths that lead to one name in one folder."""
    folder, name = os.path.split(os.path.abspath(path))
    if os.path.islink(path):
        folder, name = os.path.split(os.path.realpath(path))
    existing, rest = _existing_folder(folder)
    names = (*rest, name)
    if _ignores_case(existing):
        names = tuple(normalize("NFC", each).casefold() for each in names)
    return existing, names


def file(path: Path) -> Hashable:
    """Device and number of a file: equal for all of its names, hard links too; None if there is none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if status.st_ino == 0:  # a file system that does not number its files
        return None
    return status.st_dev, status.st_ino


class Outputs:
    """What jobs make; it can be asked which job makes a path."""

    def __init__(self, outs: Iterable[tuple[Path, str]]) -> None:
        """What is made by jobs: (OUT, the job's title) of each."""
        self._places: dict[Hashable, str] = {}
        self._files: dict[Hashable, str] = {}
        self._above: dict[Hashable, str] = {}  # folders in which something is made, at whatever depth
        self._patterns: dict[Hashable, list[tuple[Sequence, str]]] = {}  # by folder
        self._singles: dict[Hashable, list[tuple[str, str]]] = {}  # names, by folder
        for out, title in outs:
            self.add(out, title)

    def add(self, out: Path, title: str) -> None:
        """One more output, and the title of its job. Of several that make one file, the first counts."""
        self._places.setdefault(place(out), title)
        existing = file(out)
        if existing is not None:
            self._files.setdefault(existing, title)
        for folder in _parents(str(out.absolute().parent)):
            self._above.setdefault(folder, title)
        pictures, target = sequence(out, PICTURES), _target(out)
        if pictures:
            self._patterns.setdefault(place(out.parent), []).append((pictures, title))
        else:
            self._singles.setdefault(place(target.parent), []).append((target.name, title))

    def maker_of(self, path: Path) -> str | None:
        """Which job makes a file of this name, or one of these pictures.

        A job that makes a file where this path has a folder, or a folder where this path is a file, counts, too.
        """
        above = map(self._places.get, _parents(str(path.absolute().parent)))
        return (
            self._places.get(place(path))
            or self._of_sequence(path)
            or self._above.get(place(path))
            or next(filter(None, above), None)
        )

    def maker_of_source(self, path: Path) -> str | None:
        """Which job makes what is read by this name: the file, by another name too, or pictures in the folder."""
        title = self._places.get(place(path)) or self._of_sequence(path)
        if title is None and self._files:
            title = self._files.get(file(path))
        if title is None and path.is_dir():
            title = self._in_folder(path)
        if title is None and self._patterns.get(place(path)):  # pictures in a folder that may not exist yet
            title = self._patterns[place(path)][0][1]
        return title

    def _in_folder(self, folder: Path) -> str | None:
        """Which job makes a picture in a folder, or what a link in it leads to."""
        singles = self._singles.get(place(folder), ())
        titles = (title for name, title in singles if Path(name).suffix.lower() in PICTURES_READ)
        linked = (self.maker_of_source(picture) for picture in pictures_of(folder) if picture.is_symlink())
        return next(titles, None) or next(filter(None, linked), None)

    def _of_sequence(self, path: Path) -> str | None:
        """Which job makes a picture of this name among many; or, if the path is a pattern, one of its pictures."""
        if not self._patterns and not sequence(path, PICTURES):
            return None
        path = _target(path)
        folder = place(path.parent)
        patterns, pictures = self._patterns.get(folder, ()), sequence(path, PICTURES)
        if pictures is None:
            return next((title for other, title in patterns if other.names(path.name)), None)
        singles = (title for name, title in self._singles.get(folder, ()) if pictures.names(name))
        return next(singles, None) or next((title for other, title in patterns if pictures.meets(other)), None)


def _target(path: Path) -> Path:
    """What a path leads to, if it is a link; else itself."""
    if os.path.islink(path):
        return Path(os.path.realpath(path))
    return path


@lru_cache(maxsize=4096)
def _parents(folder: str) -> tuple[Hashable, ...]:
    """The places of a folder, and of those that it lies in."""
    return tuple(place(path) for path in (Path(folder), *Path(folder).parents))


@lru_cache(maxsize=4096)
def _existing_folder(path: str) -> tuple[str, tuple[str, ...]]:
    """The nearest folder that exists, by its real name; and the names on the way from it that do not."""
    real, rest = os.path.realpath(path), ()
    while not os.path.isdir(real) and os.path.dirname(real) != real:
        real, rest = os.path.dirname(real), (os.path.basename(real), *rest)  # type: ignore[assignment]
    return os.path.normcase(real), rest


@lru_cache(maxsize=4096)
def _ignores_case(folder: str) -> bool:
    """Whether a folder's file system takes "a" and "A" for one name, and two ways to write one letter, too."""
    other = folder.swapcase()
    try:
        return other != folder and os.path.samefile(folder, other)
    except OSError:
        return False
