"""What one job makes and another reads or makes, compared as files on disk: whatever names lead to them."""

import os
from collections.abc import Hashable, Iterable
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize

from vidream.media.codecs import PICTURES, PICTURES_READ
from vidream.media.sequence import Sequence, pictures_of, sequence


def place(path: Path) -> Hashable:
    """Where a file is, or would be made: the same for two paths that lead to one name in one folder."""
    folder, name = os.path.split(os.path.abspath(path))
    if os.path.islink(path):
        folder, name = os.path.split(os.path.realpath(path))
    there, rest = _folder(folder)
    names = (*rest, name)
    return there, tuple(normalize("NFC", each).casefold() for each in names) if _folds(there) else names


def file(path: Path) -> Hashable:
    """Device and number of a file: the same for all of its names, hard links too; None if there is none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else None


class Made:
    """What jobs make: asked for whether a path is among it.

    outs  (OUT, who makes it)
    """

    def __init__(self, outs: Iterable[tuple[Path, str]]) -> None:
        self._places: dict[Hashable, str] = {}
        self._files: dict[Hashable, str] = {}
        self._above: dict[Hashable, str] = {}  # folders in which something is made, at whatever depth
        self._patterns: dict[Hashable, list[tuple[Sequence, str]]] = {}  # by folder
        self._singles: dict[Hashable, list[tuple[str, str]]] = {}  # names, by folder
        for out, who in outs:
            self.add(out, who)

    def add(self, out: Path, who: str) -> None:
        self._places.setdefault(place(out), who)
        there = file(out)
        if there is not None:
            self._files.setdefault(there, who)
        for folder in _parents(str(out.absolute().parent)):
            self._above.setdefault(folder, who)
        many, target = sequence(out, PICTURES), _target(out)
        if many:
            self._patterns.setdefault(place(out.parent), []).append((many, who))
        else:
            self._singles.setdefault(place(target.parent), []).append((target.name, who))

    def out(self, path: Path) -> str | None:
        """Who makes a file of this name, one of these pictures, or a file where this has a folder, or the reverse."""
        above = map(self._places.get, _parents(str(path.absolute().parent)))
        return (
            self._places.get(place(path))
            or self._of_sequence(path)
            or self._above.get(place(path))
            or next(filter(None, above), None)
        )

    def read(self, path: Path) -> str | None:
        """Who makes what is read by this name: the file, by another name too, or pictures in the folder."""
        many = self._patterns.get(place(path)) if self._patterns else None
        by_file = self._files.get(file(path)) if self._files else None
        if path.is_dir():
            names = self._singles.get(place(path), ())
            by_file = by_file or next((who for name, who in names if Path(name).suffix.lower() in PICTURES_READ), None)
        linked = (self.read(each) for each in pictures_of(path) if each.is_symlink()) if path.is_dir() else ()
        by_file = by_file or next(filter(None, linked), None)
        return self._places.get(place(path)) or self._of_sequence(path) or by_file or (many[0][1] if many else None)

    def _of_sequence(self, path: Path) -> str | None:
        """Who makes a picture of this name among many; or, of many, one of them."""
        if not self._patterns and not sequence(path, PICTURES):
            return None
        path = _target(path)
        folder = place(path.parent)
        patterns, many = self._patterns.get(folder, ()), sequence(path, PICTURES)
        if many is None:
            return next((who for other, who in patterns if other.names(path.name)), None)
        singles = (who for name, who in self._singles.get(folder, ()) if many.names(name))
        return next(singles, None) or next((who for other, who in patterns if many.meets(other)), None)


def _target(path: Path) -> Path:
    """What a path leads to, if it is a link."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else path


@lru_cache(maxsize=4096)
def _parents(folder: str) -> tuple[Hashable, ...]:
    """The places of a folder, and of those that it lies in."""
    return tuple(place(each) for each in (Path(folder), *Path(folder).parents))


@lru_cache(maxsize=4096)
def _folder(path: str) -> tuple[str, tuple[str, ...]]:
    """The nearest folder that is there, by its real name; and the names of what is not."""
    real, rest = os.path.realpath(path), ()
    while not os.path.isdir(real) and os.path.dirname(real) != real:
        real, rest = os.path.dirname(real), (os.path.basename(real), *rest)  # type: ignore[assignment]
    return os.path.normcase(real), rest


@lru_cache(maxsize=4096)
def _folds(folder: str) -> bool:
    """Whether a folder's file system takes a and A, and two ways to write one letter, for the same name."""
    other = folder.swapcase()
    try:
        return other != folder and os.path.samefile(folder, other)
    except OSError:
        return False
