"""Cue points of a WAV file, with their labels.

Chunks "cue " and "LIST" of kind "adtl", as in "Multimedia Programming Interface and Data Specifications 1.0" (IBM and
Microsoft, 1991); the size of what is larger than 4 GB, "ds64", as in EBU Tech 3306. Samples are passed over, not read.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from vidream.analysis.labels import MOST_LABELS, Label
from vidream.errors import MediaError, first_line

MOST_CHUNKS = 10_000
"""Chunks of a file, at most."""

LARGEST = 4_000_000
"""Bytes of a chunk that is read, at most."""

FORMS = (b"RIFF", b"RF64", b"BW64")
UNKNOWN_SIZE = 0xFFFFFFFF
"""Of a chunk whose size stands in "ds64"."""

POINT = 24
"""Bytes of a cue point."""


def read_cues(path: Path) -> tuple[Label, ...]:
    """The cue points of a WAV file, by their start; one without a label is called by its number, from 1.

    Raises:
        MediaError: it cannot be read, is no WAV file, or has no cue point, or more than MOST_LABELS.
    """
    rate, places = 0, dict[int, int]()
    names: dict[int, str] = {}
    try:
        if not path.is_file():
            raise MediaError(f"{path}: no such file")
        with path.open("rb") as file:
            for name, content in _chunks(file):
                if name == b"fmt ":
                    rate = _number(content[4:8])
                elif name == b"cue ":
                    points = [content[place : place + POINT] for place in range(4, len(content), POINT)]
                    places |= {_number(point[:4]): _number(point[20:24]) for point in points if len(point) == POINT}
                elif name == b"LIST" and content[:4] == b"adtl":
                    names |= dict(_names(content[4:]))
                if max(len(places), len(names)) > MOST_LABELS:
                    raise ValueError(f"more than {MOST_LABELS:,}")
    except (OSError, ValueError) as error:
        raise MediaError(f"{path}: its cue points cannot be read ({first_line(error)})") from None
    if not rate or not places:
        raise MediaError(f"{path}: has no cue point; markers are also read from Audacity's labels (.txt) and .srt")
    ordered = sorted(places.items(), key=lambda place: place[1])
    return tuple(
        Label(sample / rate, sample / rate, names.get(point) or str(number))
        for number, (point, sample) in enumerate(ordered, 1)
    )


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """(name, content) of each chunk that tells something of cue points. ValueError: it is no WAV file, or damaged."""
    head = file.read(12)
    if len(head) < 12 or head[:4] not in FORMS or head[8:] != b"WAVE":
        raise ValueError("not a WAV file")
    large = 0
    for _ in range(MOST_CHUNKS):
        start = file.read(8)
        if len(start) < 8:
            return
        name, size = start[:4], _number(start[4:])
        if name == b"data" and size == UNKNOWN_SIZE:
            size = large
        if name not in (b"fmt ", b"cue ", b"LIST", b"ds64"):
            file.seek(size + size % 2, 1)
            continue
        if size > LARGEST:
            raise ValueError(f"a chunk of {size:,} bytes")
        content = file.read(size + size % 2)[:size]
        if len(content) < size:
            raise ValueError("it breaks off")
        if name == b"ds64":
            large = _number(content[8:16])
        yield name, content
    raise ValueError(f"more than {MOST_CHUNKS:,} chunks")


def _names(content: bytes) -> Iterator[tuple[int, str]]:
    """(point, label) of each label in a list."""
    place = 0
    while place + 8 <= len(content):
        kind, size = content[place : place + 4], _number(content[place + 4 : place + 8])
        body = content[place + 8 : place + 8 + size]
        if kind == b"labl" and len(body) > 4:
            yield _number(body[:4]), body[4:].split(b"\0")[0].decode("utf-8", "replace").strip()
        place += 8 + size + size % 2


def _number(digits: bytes) -> int:
    return int.from_bytes(digits, "little")
