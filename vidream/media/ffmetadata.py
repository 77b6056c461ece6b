"""FFMETADATA, ffmpeg's text format for the metadata of a film: tags of the file, of each stream, of each chapter.

Values come from files of strangers: they are escaped, so that a line end in one cannot begin a section or another tag.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

HEADER = ";FFMETADATA1"
MILLISECONDS = 1000
"""In a second: the unit of chapters' times."""
_SPECIAL = re.compile(r"([=;#\\\n])")
_UNSEEN = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE = re.compile(r"(?:[^\\\n]|\\.)+", re.DOTALL)  # an escaped line end ends no line
_PAIR = re.compile(r"((?:[^\\=]|\\.)*)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Chapter:
    """A part of a film with a name."""

    start: Fraction
    """Seconds."""
    end: Fraction
    """Seconds."""
    title: str = ""
    """Its name."""


@dataclass(frozen=True)
class Metadata:
    """The metadata of a film."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the whole film, by name: title, comment, timecode."""
    streams: tuple[Mapping[str, str], ...] = ()
    """Tags of each of its streams, in order: language, title."""
    chapters: tuple[Chapter, ...] = ()
    """Its chapters, in order."""

    @property
    def is_empty(self) -> bool:
        """Whether there is none."""
        return not (self.tags or self.chapters or any(map(_pairs, self.streams)))


def text_of(metadata: Metadata) -> str:
    """Metadata as FFMETADATA. Control characters are left out, except line ends and tabs."""
    lines = [HEADER, *_pairs(metadata.tags)]
    for tags in metadata.streams:
        lines += ["[STREAM]", *_pairs(tags)]
    for chapter in metadata.chapters:
        start, end = (round(time * MILLISECONDS) for time in (chapter.start, chapter.end))
        lines += ["[CHAPTER]", f"TIMEBASE=1/{MILLISECONDS}", f"START={start}", f"END={end}"]
        lines += _pairs({"title": chapter.title})
    return "\n".join(lines) + "\n"


def parse(text: str) -> Metadata:
    """The metadata in FFMETADATA that ffmpeg wrote. A chapter without valid times is left out."""
    tags, streams, chapters = dict[str, str](), list[dict[str, str]](), list[dict[str, str]]()
    section = tags
    for line in _LINE.findall(text.removeprefix(HEADER)):
        if line in ("[STREAM]", "[CHAPTER]"):
            section = {}
            (streams if line == "[STREAM]" else chapters).append(section)
        elif (pair := _PAIR.fullmatch(line)) is not None:
            key, value = map(_unescaped, pair.groups())
            section[key] = value
    return Metadata(tags, tuple(streams), tuple(filter(None, map(_chapter, chapters))))


def _pairs(tags: Mapping[str, str]) -> list[str]:
    return [f"{_escaped(key)}={_escaped(value)}" for key, value in tags.items() if value]


def _escaped(text: str) -> str:
    plain = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _SPECIAL.sub(r"\\\1", plain.encode("utf-8", "replace").decode())


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _chapter(tags: Mapping[str, str]) -> Chapter | None:
    base = re.fullmatch(r"(\d{1,18})/(\d{1,18})", tags.get("TIMEBASE", ""), re.ASCII)
    start, end = (re.fullmatch(r"-?\d{1,19}", tags.get(key, ""), re.ASCII) for key in ("START", "END"))
    if not base or not start or not end or not int(base[2]):
        return None
    tick = Fraction(int(base[1]), int(base[2]))
    return Chapter(int(start[0]) * tick, int(end[0]) * tick, tags.get("title", ""))
