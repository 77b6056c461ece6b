"""FOLDER: the films, pictures and songs in it, in a table by ids. The page names ids, and never a path.

What lies in it is found by its ending, as the engine's own tables have them. No folder that is a link is entered; a
link to a file is taken for what it leads to, and only if that lies in FOLDER, too.
"""

import hashlib
import os
import stat
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from vidream.errors import InputError, MediaError
from vidream.media.containers import ENDINGS
from vidream.media.paths import FILMS, OTHER_FILMS, SONGS
from vidream.media.picture_formats import PICTURES_READ
from vidream.notation import MIDI_ENDINGS, TABLE_ENDINGS

Kind: TypeAlias = Literal["film", "picture", "song", "notes", "table", "network"]
"""What a file is; the last three are named by knobs alone: notes and tables of moments, and what dreams."""
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        **dict.fromkeys((*FILMS, *OTHER_FILMS, *ENDINGS), "film"),
        **dict.fromkeys(PICTURES_READ, "picture"),
        **dict.fromkeys(SONGS, "song"),
    }
)
"""Ending -> what a file is."""
HELPERS: Mapping[str, Kind] = MappingProxyType(
    {
        **dict.fromkeys(MIDI_ENDINGS, "notes"),
        **dict.fromkeys((*TABLE_ENDINGS, ".txt", ".srt"), "table"),
        **dict.fromkeys((".h5", ".keras", ".pb"), "network"),
    }
)
"""Ending -> what a file is that nobody looks at, but that a knob may name."""
MOST = 2000
"""Files that are listed; those nearest to FOLDER come first."""
MOST_LOOKED_AT = 20_000
"""Names that are looked at, files and folders."""
DEEPEST = 6
"""Folders in folders that are entered."""
OURS = ".vidream"
"""How folders end in which vidream keeps its own."""


@dataclass(frozen=True)
class Entry:
    """A file of the table."""

    id: str
    """What the page calls it: the same at every start, as long as the file is called the same."""
    name: str
    """Its path in FOLDER, with / between the parts."""
    kind: Kind
    """What it is, by its ending."""
    size: int
    """Bytes."""
    modified: int
    """When it was written last, ns."""


def id_of(name: str) -> str:
    """The id of a file by its path in FOLDER."""
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def kind_by_name(name: str) -> Kind | None:
    """What a file is by the ending of its name; None: nothing that can be dreamed."""
    return KINDS.get(Path(name).suffix.lower())


def names_in(root: Path, value: Any) -> Any:
    """A knob's value, as TOML holds it, with the files of a folder by their paths in it, / between the parts."""
    if isinstance(value, str):
        inside = value.removeprefix(f"{root}{os.sep}")
        return value if inside == value else Path(inside).as_posix()
    if isinstance(value, Mapping):
        return {key: names_in(root, part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [names_in(root, part) for part in value]
    return value


class Folder:
    """The table of a folder. Any thread may call."""

    def __init__(self, root: Path) -> None:
        """Look into a folder.

        Raises:
            MediaError: it is none, or may not be looked into.
        """
        self.root = Path(os.path.realpath(root))
        """Its own path: no part of it is a link."""
        self.more = False
        """Whether more lies in it than is listed."""
        self._table: Mapping[str, Entry] = {}
        self._scanning = threading.Lock()
        if not self.root.is_dir():
            raise MediaError(f"{root}: is no folder; make it, or name another")
        if not os.access(self.root, os.R_OK | os.X_OK):
            raise MediaError(f"{root}: may not be looked into; change its permissions, or name another folder")
        self.scan()

    def files(self) -> list[Entry]:
        """The films, pictures and songs in it, as last seen: the newest first."""
        return [entry for entry in self._sorted() if kind_by_name(entry.name)]

    def helpers(self) -> list[Entry]:
        """What else knobs may name, as last seen: the newest first."""
        return [entry for entry in self._sorted() if not kind_by_name(entry.name)]

    def _sorted(self) -> list[Entry]:
        return sorted(self._table.values(), key=lambda entry: (-entry.modified, entry.name))

    def entry(self, file: str) -> Entry:
        """The file of an id.

        Raises:
            InputError: it is none of the table.
        """
        entry = self._table.get(file)
        if entry is None:
            raise InputError("this file is no longer in the folder; choose another")
        return entry

    def path(self, file: str) -> Path:
        """Where the file of an id lies, all links resolved.

        Raises:
            InputError: it is none of the table, or by now leads out of the folder.
        """
        name = self.entry(file).name
        found = self._inside(self.root / name)
        if found is None:
            raise InputError(f"{name}: is no longer in the folder; choose another file")
        return found

    def find(self, path: Path) -> str | None:
        """The id of a path; None where it is none of the table, as of what was just made: `scan` finds that."""
        try:
            name = Path(os.path.realpath(path.parent), path.name).relative_to(self.root).as_posix()
        except ValueError:
            return None
        found = id_of(name)
        return found if found in self._table else None

    def scan(self) -> bool:
        """Look again; whether anything has changed."""
        with self._scanning:
            self.more = False
            table = {entry.id: entry for entry in self._entries()}
            changed, self._table = table != self._table, table
            return changed

    def _entries(self) -> Iterator[Entry]:
        """What is listed, folder by folder, the nearest first."""
        listed = 0
        for found in self._found():
            name = os.path.relpath(found.path, self.root).replace(os.sep, "/")
            kind = kind_by_name(name) or HELPERS.get(Path(name).suffix.lower())
            status = self._status(found) if kind else None
            if kind is None or status is None:
                continue
            if listed == MOST:
                self.more = True
                return
            listed += 1
            yield Entry(id_of(name), name, kind, status.st_size, status.st_mtime_ns)

    def _found(self) -> "Iterator[os.DirEntry[str]]":
        """Everything that is no folder and not hidden, as far as is looked."""
        folders, looked = deque([(str(self.root), 0)]), 0
        while folders:
            folder, depth = folders.popleft()
            for found in _listed(folder):
                looked += 1
                if looked > MOST_LOOKED_AT:
                    self.more = True
                    return
                if found.name.startswith("."):
                    continue
                if not _is_folder(found):
                    yield found
                elif not found.name.endswith(OURS) and depth < DEEPEST:
                    folders.append((found.path, depth + 1))

    def _status(self, found: "os.DirEntry[str]") -> os.stat_result | None:
        """What the disk says of a file; None where it is none, is empty, or lies elsewhere."""
        try:
            if found.is_symlink() and self._inside(Path(found.path)) is None:
                return None
            status = found.stat()
        except OSError:
            return None
        return status if stat.S_ISREG(status.st_mode) and status.st_size else None

    def _inside(self, path: Path) -> Path | None:
        """What a path leads to, if that is a file in the folder, and nothing that vidream keeps for itself."""
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root) or not real.is_file():
            return None
        parts = real.relative_to(self.root).parts
        if any(part.startswith(".") for part in parts) or any(part.endswith(OURS) for part in parts[:-1]):
            return None
        return real


def _listed(folder: str) -> "list[os.DirEntry[str]]":
    """What is in a folder, by name; nothing where it may not be looked into, or is gone."""
    try:
        with os.scandir(folder) as listed:
            return sorted(listed, key=lambda found: found.name)
    except OSError:
        return []


def _is_folder(found: "os.DirEntry[str]") -> bool:
    """Whether it is a folder of its own, and no link to one."""
    try:
        return found.is_dir(follow_symlinks=False)
    except OSError:
        return False
