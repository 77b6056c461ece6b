"""Where markers for editors are to be written, and how that is read."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

MARKER_ENDINGS = (".otio", ".edl", ".csv", ".txt")
"""Of files that markers are written to."""

WORDS = tuple(ending.lstrip(".") for ending in MARKER_ENDINGS)
"""In place of a file: one of OUT's name, beside it."""

MOST_FILES = 16
"""At once."""


def placed_files(raw: object, place: Callable[[str], str]) -> object:
    """The same value with each of its files in another place; endings, and what is no name, as they are."""
    given = [raw] if isinstance(raw, str) else raw
    if not isinstance(given, list):
        return raw
    return [place(name) if isinstance(name, str) and name.lower() not in WORDS else name for name in given]


@dataclass(frozen=True)
class MarkerFiles:
    """One or several files; or an ending alone, `otio`, for a file of OUT's name beside it."""

    metavar: str = "|".join(("FILE", *WORDS))
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
        names = [name.lower() if name.lower() in WORDS else name for name in names]
        for name in names:
            if PurePath(name).suffix.lower() not in MARKER_ENDINGS and name not in WORDS:
                raise ValueError(_fault(name))
        return tuple(dict.fromkeys(names))


def _fault(name: str) -> str:
    """What is wrong with the name of a file that does not tell what is to be written."""
    if "," in name and all(part.strip().lower() in WORDS for part in name.split(",")):
        return f"has {name!r}: give the flag once for each, or a list in a preset"
    return f"has {name!r}: give {', '.join(WORDS[:-1])} or {WORDS[-1]}, or a file that ends in one of them"
