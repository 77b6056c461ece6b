"""All that a film's file holds beside the picture that is dreamed: its streams, what it says of them and of itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from vidream.errors import MediaError
from vidream.media.ffmetadata import Metadata
from vidream.media.files import stamp_of
from vidream.media.metadata import WHOLE_FILE, ask_metadata

COVER = "attached pic"
"""How ffmpeg flags a picture that is a record's cover."""

_STREAM = re.compile(
    r"^ *Stream #0:(?P<index>\d{1,4})(?:\[\w+\])?(?:\(\w+\))?: "
    r"(?P<kind>Video|Audio|Subtitle|Data|Attachment): (?P<codec>\w+)(?P<rest>.*)$",
    re.MULTILINE,
)
_FOURCC = re.compile(r"\((\w{4}) / 0x[0-9A-Fa-f]+\)")
_END_OF_INPUT = re.compile(r"^(?:Stream mapping|Output #)", re.MULTILINE)


@dataclass(frozen=True)
class Stream:
    """A stream of a file."""

    path: Path
    """The file."""
    index: int
    """Its number among all streams of the file."""
    kind: str
    """Video, Audio, Subtitle, Data or Attachment, in lower case."""
    number: int
    """Its number among those of its kind; covers do not count."""
    codec: str
    """ffmpeg's name of the codec: subrip, mov_text, aac; of data what their kind of file calls them, as gpmd."""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What is said of it, by names in lower case."""
    cover: bool = False
    """Whether it is a picture that is attached, as a record's cover."""

    @property
    def label(self) -> dict[str, str]:
        """What people are told of it: its language and its title."""
        title = self.tags.get("title") or self.tags.get("name", "")
        label = {"language": self.tags.get("language", ""), "title": title}
        return {name: cut(value) for name, value in label.items() if value and value != "und"}

    def __str__(self) -> str:
        kind = {"audio": "sound", "video": "picture"}.get(self.kind, self.kind)
        if self.cover:
            kind = "cover"
        name = cut(self.tags.get("filename", ""), 40) or self.codec
        return f"{kind} {self.number + 1} ({name})"


@dataclass(frozen=True)
class Contents:
    """What a file holds."""

    said: Metadata
    """What it says of itself, its streams, its chapters."""
    streams: tuple[Stream, ...]
    """In the order of their numbers."""

    def stream(self, kind: str, number: int) -> Stream | None:
        """A stream by its number among those of its kind; None where there is none."""
        found = (stream for stream in self.streams if (stream.kind, stream.number) == (kind, number))
        return next((stream for stream in found if not stream.cover), None)


def contents_of(path: Path) -> Contents:
    """What a file holds.

    Raises:
        MediaError: it cannot be read, or says more of itself than vidream.media.metadata.LARGEST bytes.
    """
    return _contents(str(path), stamp_of(path))


def label_of(path: Path, kind: str, number: int) -> dict[str, str]:
    """Language and title of a stream, by its number among those of its kind; {} where nothing can be known of it."""
    try:
        stream = contents_of(path).stream(kind, number)
    except (MediaError, OSError):
        return {}
    return {} if stream is None else stream.label


def cut(text: str, longest: int = 200) -> str:
    """A name, as long as anybody would read."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


@lru_cache(maxsize=100)
def _contents(path: str, stamp: tuple[int, int]) -> Contents:  # noqa: ARG001 (a cache's key)
    try:
        said, log = ask_metadata(Path(path))
    except MediaError:  # a stream that ffmpeg knows no parameters of ends all
        said, log = ask_metadata(Path(path), WHOLE_FILE)
    return Contents(said, _streams(Path(path), said, _END_OF_INPUT.split(log, maxsplit=1)[0]))


def _streams(path: Path, said: Metadata, log: str) -> tuple[Stream, ...]:
    listed = {int(match["index"]): match for match in _STREAM.finditer(log)}
    counts: dict[tuple[str, bool], int] = {}
    streams = []
    for index in sorted(listed):
        match = listed[index]
        kind, cover = match["kind"].lower(), COVER in match["rest"]
        tags = said.streams[index] if index < len(said.streams) else {}
        number = counts.get((kind, cover), 0)
        counts[kind, cover] = number + 1
        fourcc = _FOURCC.search(match["rest"])
        codec = fourcc[1] if kind == "data" and fourcc else match["codec"]
        lower = {key.lower(): value for key, value in tags.items()}
        streams.append(Stream(path, index, kind, number, codec, lower, cover))
    return tuple(streams)
