"""The metadata that a film keeps from its source: tags, chapters, time code.

Only the tags in KEPT are copied. What is private stays behind: where a film was shot, with which camera, when.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from vidream.config.recipe import FIRST
from vidream.config.timecode import Timecode, timecode_of
from vidream.media.contents import Contents, cut
from vidream.media.ffmetadata import Chapter
from vidream.text import figure

APPLE = "com.apple.quicktime."
"""How QuickTime's names of tags begin."""
KEPT: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "artist": ("artist", "author"),
    "album_artist": ("album_artist",),
    "album": ("album",),
    "composer": ("composer",),
    "date": ("date", "year"),
    "genre": ("genre",),
    "copyright": ("copyright",),
    "description": ("description", "synopsis", "comment"),  # the comment's place is the recipe's
}
"""A tag of the film -> the tags of its source that it may come from; the first that is there counts."""
LONGEST = 2000
"""Characters; a longer tag is cut."""
MOST_CHAPTERS = 1000


@dataclass(frozen=True)
class KeptMetadata:
    """The metadata that a film keeps."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the whole film, by ffmpeg's names."""
    chapters: tuple[Chapter, ...] = ()
    """Its chapters, on the clock of the source's file."""
    timecode: str = ""
    """The time code of the source's first frame, as its file has it; "" if it has none."""


def kept_metadata(contents: Contents, picture: int | None = 0) -> KeptMetadata:
    """The metadata of a file that a film keeps.

    Args:
        contents: of the file.
        picture: the number, among its pictures, of the one that is dreamed; None: none is.
    """
    metadata = contents.metadata
    source = {key.lower().removeprefix(APPLE): value for key, value in metadata.tags.items()}
    tags = dict[str, str]()
    for name, names in KEPT.items():
        value = next((source[each] for each in names if source.get(each, "").strip()), "")
        if value and not value.startswith(FIRST):  # the source's own recipe is not this film's
            tags[name] = cut(value, LONGEST)
    chapters = tuple(Chapter(each.start, each.end, cut(each.title)) for each in metadata.chapters[:MOST_CHAPTERS])
    return KeptMetadata(tags, chapters, "" if picture is None else _timecode(contents, picture))


def chapters_between(chapters: Iterable[Chapter], start: Fraction, end: Fraction | None) -> tuple[Chapter, ...]:
    """Chapters, moved and cut for a film that shows a part of their file.

    Args:
        chapters: on the file's clock, in seconds.
        start: second of the file at which the film begins.
        end: second of the file at which it ends; None: at the file's end.
    """
    moved = []
    for chapter in chapters:
        begins = max(Fraction(0), chapter.start - start)
        ends = chapter.end - start if end is None else min(chapter.end, end) - start
        if begins < ends:
            moved.append(Chapter(begins, ends, chapter.title))
    return tuple(moved)


def timecode_at(kept: KeptMetadata, frame: int, source: Fraction, fps: Fraction) -> tuple[Timecode | None, str]:
    """The time code of a film's first frame, from that of its source.

    Args:
        kept: what the film keeps of its source.
        frame: the number of the source's frame that the film begins with.
        source: frames a second of the source.
        fps: frames a second of the film.

    Returns:
        The time code, None if there is none; and a note for the user, "" if nothing is to be said.
    """
    if not kept.timecode:
        return None, ""
    timecode = timecode_of(kept.timecode)
    if timecode is None or timecode.fault(source):
        rate = f"{figure(float(source))} frames a second"
        return None, f"its time code, {cut(kept.timecode, 40)!r}, does not exist at {rate}; it is left out"
    timecode = timecode.later(frame, source)
    if fps == source:
        return timecode, ""
    timecode = timecode.counted_at(fps, source)
    return timecode, f"its time code is counted at {figure(float(fps))} frames a second, from {timecode} on"


def _timecode(contents: Contents, picture: int) -> str:
    stream = contents.stream("video", picture)
    others = [other.tags for other in contents.streams if other.kind == "data"]
    whole = {key.lower(): value for key, value in contents.metadata.tags.items()}
    tags = [*([stream.tags] if stream else []), *others, whole]
    return next((each["timecode"] for each in tags if each.get("timecode")), "")
