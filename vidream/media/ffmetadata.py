"""ffmpeg's text form of what is said of a film, FFMETADATA: of all of it, of each stream, of each chapter.

Files say what they like: every value is escaped, so that a line end in it begins no section and no other tag.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

HEADER = ";FFMETADATA1"
MILLISECONDS = 1000
"""Of a second: what chapters' times are written in."""
_SPECIAL = re.compile(r"([=;#\\\n])")
_UNSEEN = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE = re.compile(r"(?:[^\\\n]|\\.)+", re.DOTALL)  # an escaped line end ends no line
_PAIR = re.compile(r"((?:[^\\=]|\\.)*)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Chapter:
    """A part of a film that has a name."""

    start: Fraction
    """Seconds."""
    end: Fraction
    """Seconds."""
    title: str = ""
    """Its name."""


@dataclass(frozen=True)
class Metadata:
    """What is said of a film."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Of all of it: title, comment, timecode."""
    streams: tuple[Mapping[str, str], ...] = ()
    """Of each of its streams, in order: language, title."""
    chapters: tuple[Chapter, ...] = ()
    """In order."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return not (self.tags or self.chapters or any(map(_pairs, self.streams)))


def written(metadata: Metadata) -> str:
    """The text that ffmpeg reads. Characters that nobody can see are left out, but line ends and tabs."""
    lines = [HEADER, *_pairs(metadata.tags)]
    for tags in metadata.streams:
        lines += ["[STREAM]", *_pairs(tags)]
    for chapter in metadata.chapters:
        start, end = (round(time * MILLISECONDS) for time in (chapter.start, chapter.end))
        lines += ["[CHAPTER]", f"TIMEBASE=1/{MILLISECONDS}", f"START={start}", f"END={end}"]
        lines += _pairs({"title": chapter.title})
    return "\n".join(lines) + "\n"


def read(text: str) -> Metadata:
    """What ffmpeg has written. A chapter whose times make no sense is left out."""
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
