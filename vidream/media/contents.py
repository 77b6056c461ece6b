"""What a film's file holds: its streams, and the metadata of the file, of its streams and of its chapters."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from vidream.errors import MediaError
from vidream.media.ffmetadata import Metadata
from vidream.media.ffmpeg import Answer, ask
from vidream.media.files import stamp_of
from vidream.media.framecrc import header_of
from vidream.media.metadata import FILE_TAGS, ask_metadata
from vidream.text import printable

EVERY_STREAM = ("-map", "0", "-copy_unknown", "-c", "copy", "-frames", "0", "-f", "framecrc", "-")
"""ffmpeg's arguments for an output that lists the streams of a file and copies nothing."""

_LOOSE = re.compile(r"^Input #0, (?:mpegts|mpeg|ogg), ", re.MULTILINE)
_LISTED = re.compile(r"^ *Stream #0:(?P<index>\d{1,4})\b.*?: (?:Video|Data): .*$", re.MULTILINE)
_COVER = "(attached pic)"  # how ffmpeg flags a picture that is a record's cover
_FOURCC = re.compile(r"\((\w{4}) / 0x[0-9A-Fa-f]+\)")
MOST = 1000  # streams that are looked at
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")


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
    """Its number among the streams of its kind, from 0; covers are counted apart."""
    codec: str
    """ffmpeg's name of the codec: subrip, mov_text, aac; of data, the FourCC: gpmd."""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Its tags, by name in lower case."""
    cover: bool = False
    """Whether it is an attached picture, such as an album's cover."""

    @property
    def label(self) -> dict[str, str]:
        """Its language and its title, for a player's menu; what is missing is left out."""
        title, language = self.tags.get("title") or self.tags.get("name", ""), self.tags.get("language", "")
        if not _LANGUAGE.fullmatch(language) or language == "und":
            language = ""
        return {name: cut(value) for name, value in (("language", language), ("title", title)) if value}

    def __str__(self) -> str:
        kind = {"audio": "sound", "video": "picture"}.get(self.kind, self.kind)
        if self.cover:
            kind = "cover"
        name = cut(self.tags.get("filename", ""), 40) or self.codec
        return f"{kind} {self.number + 1} ({printable(name)})"


@dataclass(frozen=True)
class Contents:
    """What a file holds."""

    metadata: Metadata
    """Its tags, those of its streams, its chapters."""
    streams: tuple[Stream, ...]
    """In the order of their numbers."""
    loose: bool = False
    """Whether its clock begins with the first of those streams that are read (vidream.media.ffmpeg.in_use)."""

    def stream(self, kind: str, number: int) -> Stream | None:
        """The stream with a number among those of its kind; None if there is none."""
        found = (stream for stream in self.streams if (stream.kind, stream.number) == (kind, number))
        return next((stream for stream in found if not stream.cover), None)


def contents_of(path: Path) -> Contents:
    """What a file holds.

    Raises:
        MediaError: it cannot be read, or has more metadata than vidream.media.metadata.LARGEST bytes.
    """
    return _contents(str(path), stamp_of(path))


def label_of(path: Path, kind: str, number: int) -> dict[str, str]:
    """Language and title of the stream with a number among those of its kind; {} if they cannot be read."""
    try:
        stream = contents_of(path).stream(kind, number)
    except (MediaError, OSError):
        return {}
    return {} if stream is None else stream.label


def cut(text: str, longest: int = 200) -> str:
    """A text of at most `longest` characters; a longer one ends in an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


@lru_cache(maxsize=100)
def _contents(path: str, stamp: tuple[int, int]) -> Contents:  # noqa: ARG001 (a cache's key)
    try:
        metadata = ask_metadata(Path(path))
    except MediaError:  # ffmpeg gives up on all streams if it knows too little of one
        metadata = ask_metadata(Path(path), FILE_TAGS)
    answer = ask(Path(path), (), EVERY_STREAM)
    return Contents(metadata, tuple(_streams(Path(path), metadata, answer)), _LOOSE.search(answer.log) is not None)


def _streams(path: Path, metadata: Metadata, answer: Answer) -> Iterator[Stream]:
    """The streams of a file.

    Kinds and codecs come from what ffmpeg writes, which nothing in a file can imitate. Only its log tells whether a
    picture is a cover, and the FourCC of data.
    """
    header, counts = header_of(answer.output), Counter[tuple[str, bool]]()
    listed = {int(match["index"]): match[0] for match in _LISTED.finditer(answer.log)}
    for index in range(MOST):
        kind, line = header.get(f"media_type {index}"), listed.get(index, "")
        if kind is None:
            return
        cover, fourcc = kind == "video" and _COVER in line, _FOURCC.search(line)
        codec = fourcc[1] if kind == "data" and fourcc else header.get(f"codec_id {index}", "unknown")
        tags = metadata.streams[index] if index < len(metadata.streams) else {}
        lower = {key.lower(): value for key, value in tags.items()}
        yield Stream(path, index, kind, counts[kind, cover], codec, lower, cover)
        counts[kind, cover] += 1
