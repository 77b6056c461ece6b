"""Where markers for editors are to be written, and how that is read."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from vidream.errors import nearest

MARKER_ENDINGS = (".otio", ".edl", ".csv", ".txt")
"""Of files that markers are written to."""

MOST_FILES = 16
"""At once."""


def placed_files(raw: object, place: Callable[[str], str]) -> object:
    """The same value with each of its files in another place; endings, and what is no name, as they are."""
    given = [raw] if isinstance(raw, str) else raw
    if not isinstance(given, list):
        return raw
    return [place(name) if isinstance(name, str) and f".{name}" not in MARKER_ENDINGS else name for name in given]


@dataclass(frozen=True)
class MarkerFiles:
    """One or several files; or an ending alone, `otio`, for a file of OUT's name beside it."""

    metavar: str = "FILE|" + "|".join(ending.lstrip(".") for ending in MARKER_ENDINGS)
    """How help writes the value."""

    def read(self, raw: object) -> tuple[str, ...]:
        """The files and endings, each once; () for none. A text, a path, or a list of them."""
        if raw == ():
            return ()
        given = [raw] if isinstance(raw, str | os.PathLike) else raw
        must = "must be a file, or an ending, of " + ", ".join(MARKER_ENDINGS)
        if not isinstance(given, Sequence) or not all(isinstance(each, str | os.PathLike) for each in given):
            raise ValueError(must)
        names = [os.fspath(each) for each in given]
        if not names or len(names) > MOST_FILES or not all(isinstance(name, str) and name for name in names):
            raise ValueError(must)
        for name in names:
            ending = PurePath(name).suffix.lower()
            if ending not in MARKER_ENDINGS and f".{name}" not in MARKER_ENDINGS:
                raise ValueError(f"has {name!r}, which ends otherwise; {nearest(ending or name, MARKER_ENDINGS)}")
        return tuple(dict.fromkeys(names))
