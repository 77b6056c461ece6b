"""What of a film's file goes along with the film that is made of it: tags, chapters, time code.

What is private is not: where it was taken, by which camera, when. Only what stands in KEPT is copied.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from vidream.config.recipe import FIRST
from vidream.config.timecode import Timecode, timecode_of
from vidream.media.contents import Contents, cut
from vidream.media.ffmetadata import Chapter

APPLE = "com.apple.quicktime."
"""How QuickTime begins the names of tags."""
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
"""A tag -> the tags of a source that it is taken from, the first that is there."""
LONGEST = 2000
"""Characters of a tag that are kept."""
MOST_CHAPTERS = 1000


@dataclass(frozen=True)
class Kept:
    """What goes along with a film."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Of the whole film, by ffmpeg's names."""
    chapters: tuple[Chapter, ...] = ()
    """On the clock of the file that they are from."""
    timecode: str = ""
    """Of the file's first frame, as it is written there; "" where it has none."""


def kept_of(contents: Contents, picture: int | None = 0) -> Kept:
    """What goes along of a file.

    Args:
        contents: what it holds.
        picture: the number of the picture that is dreamed, among its pictures; None: none is.
    """
    said = contents.said
    source = {key.lower().removeprefix(APPLE): value for key, value in said.tags.items()}
    tags = dict[str, str]()
    for name, names in KEPT.items():
        value = next((source[each] for each in names if source.get(each, "").strip()), "")
        if value and not value.startswith(FIRST):  # a recipe says how the source was made, not this film
            tags[name] = cut(value, LONGEST)
    chapters = tuple(Chapter(each.start, each.end, cut(each.title)) for each in said.chapters[:MOST_CHAPTERS])
    return Kept(tags, chapters, "" if picture is None else _timecode(contents, picture))


def chapters_between(chapters: Iterable[Chapter], start: Fraction, end: Fraction | None) -> tuple[Chapter, ...]:
    """Chapters on the clock of a film that shows a part of their file.

    Args:
        chapters: on the file's clock.
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


def timecode_at(kept: Kept, frame: int, source: Fraction, fps: Fraction) -> tuple[Timecode | None, str]:
    """The time code of a film's first frame, which its source has; and what is to be said of it.

    Args:
        kept: of the source.
        frame: the number of the source's frame that the film begins with.
        source: frames a second of the source.
        fps: frames a second of the film.
    """
    if not kept.timecode:
        return None, ""
    timecode = timecode_of(kept.timecode)
    if timecode is None or timecode.fault(source):
        rate = f"{float(source):g} frames a second"
        return None, f"its time code, {cut(kept.timecode, 40)!r}, is none at {rate}; it is left out"
    timecode = timecode.later(frame, source)
    if fps == source:
        return timecode, ""
    timecode = timecode.counted_at(fps, source)
    return timecode, f"its time code is counted anew, in {float(fps):g} frames a second from {timecode} on"


def _timecode(contents: Contents, picture: int) -> str:
    stream = contents.stream("video", picture)
    others = [other.tags for other in contents.streams if other.kind == "data"]
    whole = {key.lower(): value for key, value in contents.said.tags.items()}
    tags = [*([stream.tags] if stream else []), *others, whole]
    return next((each["timecode"] for each in tags if each.get("timecode")), "")
