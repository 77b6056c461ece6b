"""The gallery's pictures and loops on disk: found again by what they show, and no more than there is room for."""

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

from vidream.config import RunConfig
from vidream.media.files import write_file
from vidream.version import __version__

ROOM = 200_000_000
"""Bytes that are kept, at most."""
ENDINGS: Mapping[str, str] = {"still": ".jpg", "loop": ".mp4"}
"""What is kept of a look -> how its file ends."""
NAME = re.compile(r"[0-9a-f]{32}\.(jpg|mp4)")
"""Of the files that are ours: no other is ever touched."""
EDITION = 1
"""Another one where the same look comes out otherwise, though the version stays."""
LOOKED_AT = 65_536
"""Bytes of a source's beginning that tell it from others, beside its size and when it was changed."""
UNSEEN = ("film", "live", "files", "origin", "music")
"""Groups of knobs that change nothing in a glimpse."""


def content_of(source: str) -> str:
    """What tells what is dreamed over from everything else. source: a path, or "noise". OSError: it is not there."""
    path = Path(source)
    if not path.is_absolute():
        return source
    stat = path.stat()
    with path.open("rb") as file:
        beginning = hashlib.sha256(file.read(LOOKED_AT)).hexdigest()
    return f"{stat.st_size} {stat.st_mtime_ns} {beginning}"


def key_of(content: str, second: float, config: RunConfig) -> str:
    """What a glimpse is found by. content: by `content_of`. config: of video, zoom or image."""
    seen = [repr(getattr(config, group.name)) for group in fields(RunConfig) if group.name not in UNSEEN]
    text = "\0".join([__version__, str(EDITION), content, f"{second:g}", config.origin.command, *seen])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


class Kept:
    """A folder of them."""

    def __init__(self, folder: Path, room: int = ROOM) -> None:
        """Look what is there. folder: of the gallery alone."""
        self._folder, self._room = folder, room
        self._sizes: dict[str, int] = {}  # by name; those used last come last
        found = [(each.stat(), each.name) for each in folder.iterdir() if NAME.fullmatch(each.name) and each.is_file()]
        for stat, name in sorted(found, key=lambda pair: pair[0].st_mtime):
            self._sizes[name] = stat.st_size

    def has(self, key: str, part: str) -> bool:
        """Whether a still or a loop is there; it counts as used."""
        name = key + ENDINGS[part]
        if name not in self._sizes:
            return False
        self._sizes[name] = self._sizes.pop(name)
        return True

    def path(self, name: str) -> Path | None:
        """Where a file lies, by its name; None: there is none."""
        path = self._folder / name
        if name not in self._sizes or not path.is_file():
            self._sizes.pop(name, None)
            return None
        with suppress(OSError):
            os.utime(path)
        return path

    def put(self, key: str, part: str, content: bytes) -> None:
        """Keep something; what was used longest ago makes room. OSError: the disk refuses."""
        name = key + ENDINGS[part]
        write_file(str(self._folder / name), content, mode=0o600)
        self._sizes.pop(name, None)
        self._sizes[name] = len(content)
        while sum(self._sizes.values()) > self._room and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            (self._folder / oldest).unlink(missing_ok=True)
            del self._sizes[oldest]
