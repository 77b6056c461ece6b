"""A folder of the studio with a few files, for tests of the look: the table that rooms look names up in."""

import hashlib
from dataclasses import dataclass

from vidream.errors import InputError


@dataclass(frozen=True)
class File:
    id: str
    name: str
    kind: str


class Table:
    """Files by id. Names with a slash lie in folders."""

    def __init__(self, root, files):
        self.root = root
        self.entries = [
            File(hashlib.sha256(name.encode()).hexdigest()[:16], name, kind) for name, kind in files.items()
        ]

    def files(self):
        return self.entries

    def helpers(self):
        return []

    def path(self, file):
        for entry in self.entries:
            if entry.id == file:
                return self.root / entry.name
        raise InputError("this file is no longer in the folder; choose another")

    def id(self, name):
        return next(entry.id for entry in self.entries if entry.name == name)


FILES = {
    "clip.mp4": "film",
    "cat.png": "picture",
    "song.wav": "song",
    "my clips/a b.mp4": "film",
    "-odd.mp4": "film",
    "it's $HOME.mp4": "film",
    "n\u00e4chte\x1b.mp4": "film",
    "drums/kick.wav": "song",
}


def folder(root):
    """A table of FILES; the files are there, and empty."""
    for name in FILES:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).touch()
    return Table(root, FILES)
