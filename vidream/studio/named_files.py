"""Files that a look names: looked up in FOLDER's table, by id or by name, and nowhere else."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from vidream.config import flag
from vidream.config.curve_files import with_files
from vidream.config.kinds import Kind
from vidream.config.marker_files import WORDS, MarkerFiles
from vidream.config.recipe import names_file
from vidream.dream.families import family_of, network_names
from vidream.errors import ConfigError, nearest
from vidream.studio.room import Refusal
from vidream.text import printable


class Entry(Protocol):
    """A file of FOLDER."""

    @property
    def id(self) -> str:
        """What a page calls it."""

    @property
    def name(self) -> str:
        """What a person calls it: its path in FOLDER, with / between."""

    @property
    def kind(self) -> str:
        """What it is: "film", "picture", "song", or another."""


class Table(Protocol):
    """The files of FOLDER, by id."""

    @property
    def root(self) -> Path:
        """FOLDER itself."""

    def files(self) -> Sequence[Entry]:
        """The films, pictures and songs."""

    def helpers(self) -> Sequence[Entry]:
        """What else a knob may name."""

    def path(self, file: str, /) -> Path:
        """Where the file of an id lies. InputError: there is none of that id."""


def entry(table: Table, name: str) -> Entry | None:
    """The file of an id or a name; None: there is none in FOLDER."""
    entries = [*table.files(), *table.helpers()]
    found = next((each for each in entries if each.id == name), None)
    return found or next((each for each in entries if each.name == name.removeprefix("./")), None)


def named(table: Table, name: str, about: str) -> Entry:
    """The file of an id or a name.

    Raises:
        ConfigError: there is none in FOLDER; about: what names it, for the message, "--mask", "SOURCE".
    """
    found = entry(table, name)
    if found is None:
        names = [each.name for each in table.files()]
        known = nearest(name, names) if names else "there is none yet"
        given = printable(name[:80])
        raise ConfigError(f"{about} {given}: no file of the studio's folder has that name; {known}")
    return found


def with_names(knob: str, kind: Kind, raw: Any, table: Table) -> Any:
    """A knob's value with the names of files in FOLDER, where it has ids or names.

    Raises:
        Refusal: one of them is not in FOLDER.
    """

    def name_of(file: str) -> str:
        try:
            if knob == "network" and not re.search(r"[./\\]", file) and entry(table, file) is None:
                family_of(file)  # says which networks there are
            return named(table, file, flag(knob)).name
        except ConfigError as error:
            raise Refusal(str(error), knob) from None

    return _changed(knob, kind, raw, name_of)


def with_paths(knob: str, kind: Kind, raw: Any, table: Table, *, gone: bool = False) -> Any:
    """A knob's value with the paths of the files that it names.

    Args:
        knob: its name.
        kind: what it may hold.
        raw: its value, files by their names.
        table: the files of FOLDER.
        gone: whether a file may be there no more; then its path is where it was.

    Raises:
        Refusal: a file is not in FOLDER any more.
    """

    def path_of(name: str) -> str:
        found = entry(table, name)
        if found is not None:
            return str(table.path(found.id))
        if gone:
            return str(table.root / name)
        raise Refusal(f"{flag(knob)} {printable(name)}: no longer in the folder; choose another file", knob)

    return _changed(knob, kind, raw, path_of)


def files_named(knob: str, kind: Kind, raw: Any) -> list[str]:
    """The files that a knob's value names."""
    names: list[str] = []

    def note(name: str) -> str:
        names.append(name)
        return name

    _changed(knob, kind, raw, note)
    return names


def _changed(knob: str, kind: Kind, raw: Any, change: Callable[[str], str]) -> Any:
    """A value with each name of a file in it changed."""
    if isinstance(kind, MarkerFiles):
        given = [raw] if isinstance(raw, str) else raw
        if isinstance(given, list) and any(str(each).lower() not in WORDS for each in given):
            raise Refusal(f"{flag(knob)}: the studio writes {', '.join(WORDS)} beside the film; name no file", knob)
        return raw
    if not isinstance(raw, str):
        return with_files(kind, raw, change)
    if knob == "network" and raw in network_names():
        return raw
    if names_file(kind, raw):
        return change(raw)
    return with_files(kind, raw, change)
