"""What a session asks of a disk beside its files: a name that is short enough, whether a film is whole."""

import hashlib
import os
from pathlib import Path
from typing import IO

_LONGEST = 255  # bytes of a name, where the disk does not say


def fit_name(name: str, ending: str = "", folder: Path | None = None) -> str:
    """A file name: name + ending, or, where that is longer than a name may be, a part of it with a digest of it all.

    Args:
        name: the name.
        ending: its ending, with the dot.
        folder: where it is to lie; its disk says how long names may be.
    """
    most = _longest(folder)
    if len(os.fsencode(name + ending)) <= most:
        return name + ending
    suffix = f"-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}{ending}"
    return _cut(name, most - len(os.fsencode(suffix))) + suffix


def _longest(folder: Path | None) -> int:
    try:
        return min(_LONGEST, os.pathconf(folder or ".", "PC_NAME_MAX"))
    except (OSError, ValueError, AttributeError):
        return _LONGEST


def _cut(text: str, most: int) -> str:
    """As many characters from its start as are at most `most` bytes."""
    while len(os.fsencode(text)) > most:
        text = text[:-1]
    return text


def is_whole_film(file: IO[bytes]) -> bool:
    """Whether an MP4 is there from its first byte to its last: its boxes fill it, and its index is among them.

    Source: ISO/IEC 14496-12, 4.2: a box begins with its size, 32 bits or, where those say 1, 64, and its kind.
    """
    length, at, kinds = file.seek(0, os.SEEK_END), 0, list[bytes]()
    while at < length:
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            return False
        kinds.append(head[4:8])
        at += size
    return at == length and kinds[:1] == [b"ftyp"] and b"moov" in kinds
