"""The files that a pattern finds: each folder is looked into once, however many `**` there are, and not without end."""

import fnmatch
import os
import re
from collections.abc import Iterator
from functools import cache
from glob import has_magic
from pathlib import Path

from vidream.errors import Problems
from vidream.jobs.names import shortened
from vidream.plan.seed import NOISE, file_of

MOST_VISITED = 500_000
"""Entries of folders that one pattern may look at."""
DEEP = "**"


class Globs:
    """The files that paths and globs stand for; each glob is looked for once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._matches: dict[str, list[str]] = {}

    def files(self, text: str, key: str) -> list[str]:
        """The paths that a text stands for, by name.

        Args:
            text: a path, a glob, either with a time after an @; or "noise", as a source.
            key: of the job, "source" or "song".

        Raises:
            Problems: a glob finds nothing.
        """
        if text == NOISE and key == "source":
            return [text]
        in_doubt = not {"*", "?"}.intersection(text)  # a file may be called song [1].wav
        if not has_magic(text) or (in_doubt and (self.folder / text).exists()):
            return [str(self.folder / text)]
        if text not in self._matches:
            pattern = str(file_of(text))  # what follows an @ is a time
            paths = matching(pattern, self.folder)
            self._matches[text] = [str(self.folder / path) + text[len(pattern) :] for path in paths]
        if not self._matches[text]:
            raise Problems([f"{key}: nothing matches {shortened(text)}"])
        return self._matches[text]


def matching(pattern: str, folder: Path) -> list[str]:
    """The paths that a pattern finds, by name, as the pattern writes them: relative to `folder`, or absolute.

    `*`, `?` and `[...]` stand for parts of a name, `**` for any folders, none among them. Names that begin with a dot
    are found only where the pattern has the dot.

    Raises:
        Problems: there is too much to look at.
    """
    anchor = Path(pattern).anchor
    separators = {"nt": r"[/\\]"}.get(os.name, "/")
    parts = [part for part in re.split(separators, pattern[len(anchor) :]) if part]
    parts = [part for number, part in enumerate(parts) if not (part == DEEP and parts[number - 1 : number] == [DEEP])]
    folders_alone = pattern.endswith(("/", os.sep))
    root = anchor or str(folder)
    matches = {each for each in _walked(root, parts, pattern) if not folders_alone or Path(root, each).is_dir()}
    return sorted(anchor + each for each in matches)


def _walked(root: str, parts: list[str], pattern: str) -> Iterator[str]:
    """Each path that matches. A folder is entered with the set of places in the pattern that it has come to."""
    waiting = [("", _with_none(frozenset({0}), parts))]
    links: set[tuple[int, int, frozenset[int]]] = set()
    visited = 0
    while waiting:
        at, places = waiting.pop()
        for name, is_folder, is_link in _entries(os.path.join(root, at), places, parts):
            visited += 1
            if visited > MOST_VISITED:
                raise Problems([f"{pattern} looks at more than {MOST_VISITED} files; name the folder more closely"])
            path = os.path.join(at, name)
            after = _with_none(_after(name, is_folder, places, parts), parts)
            if len(parts) in after:
                yield path
            further = after - {len(parts)}
            if not further or not is_folder:
                continue
            if is_link:  # it may lead back to where it lies
                status = os.stat(os.path.join(root, path))
                if (status.st_dev, status.st_ino, further) in links:
                    continue
                links.add((status.st_dev, status.st_ino, further))
            waiting.append((path, further))


def _entries(folder: str, places: frozenset[int], parts: list[str]) -> Iterator[tuple[str, bool, bool]]:
    """(name, whether it is a folder, whether it is a link) of what may match; what may not be read has none."""
    wanted = [parts[place] for place in places if place < len(parts)]
    if not any(part == DEEP or has_magic(part) for part in wanted):
        for name in wanted:
            path = os.path.join(folder, name)
            if os.path.lexists(path):
                yield name, os.path.isdir(path), os.path.islink(path)
        return
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.name, entry.is_dir(), entry.is_symlink()
    except OSError:
        return


def _after(name: str, is_folder: bool, places: frozenset[int], parts: list[str]) -> frozenset[int]:
    """The places in the pattern that a name leads to."""
    reached = set()
    for place in places:
        if place == len(parts):
            continue
        if parts[place] != DEEP:
            if _matches(name, parts[place]):
                reached.add(place + 1)
        elif not name.startswith("."):
            if is_folder:
                reached.add(place)
            elif place + 1 == len(parts):
                reached.add(place + 1)
    return frozenset(reached)


def _with_none(places: frozenset[int], parts: list[str]) -> frozenset[int]:
    """With the places behind a `**`, which may stand for no folder at all."""
    return places | {place + 1 for place in places if place < len(parts) and parts[place] == DEEP}


def _matches(name: str, part: str) -> bool:
    if not has_magic(part):
        return os.path.normcase(name) == os.path.normcase(part)
    if name.startswith(".") and not part.startswith("."):
        return False
    return _pattern(part).match(os.path.normcase(name)) is not None


@cache
def _pattern(part: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(os.path.normcase(part)))
