"""The tracks that a file has, as ffmpeg lists them when it opens it, and which of several is taken."""

import re
from dataclasses import dataclass

LISTED = r"^ *Stream #0:\d+(?:\[\w+\])?(?:\((?P<language>\w+)\))?.*?: {kind}: (?P<codec>\w+)(?P<rest>.*)$"
SHAPE = re.compile(r", (\d+x\d+)|Hz, ([^,]+)")  # of a picture, or a sound's channels


@dataclass(frozen=True)
class Listed:
    """A track: its codec, and in all what it is, in ffmpeg's words."""

    codec: str
    kind: str
    """Codec, size or channels, language."""
    default: bool
    """Whether its file says that players should take it."""


def pictures(said: str) -> list[Listed]:
    """The moving ones: what is attached, as a record's cover, does not count."""
    return _listed(said, "Video")


def sounds(said: str) -> list[Listed]:
    """The sound tracks that ffmpeg lists of a file."""
    return _listed(said, "Audio")


def chosen(tracks: list[Listed]) -> int:
    """The number of the first that is flagged default; else 0, the first."""
    return next((number for number, track in enumerate(tracks) if track.default), 0)


def choice(tracks: list[Listed], noun: str) -> str:
    """What is to be said of it; "" where all tracks are alike. noun: sound or picture."""
    number = chosen(tracks)
    if len({track.kind for track in tracks}) < 2:
        return ""
    why = "flagged default" if tracks[number].default else "the first"
    return f"of its {len(tracks)} {noun} tracks, number {number + 1} ({tracks[number].kind}), {why}, is taken"


def _listed(said: str, kind: str) -> list[Listed]:
    of_input = re.split(r"^(?:Stream mapping|Output #)", said, maxsplit=1, flags=re.MULTILINE)[0]
    found = []
    for match in re.finditer(LISTED.format(kind=kind), of_input, re.MULTILINE):
        rest = match["rest"]
        if "(attached pic)" in rest:
            continue
        shape = SHAPE.search(rest)
        parts = (match["codec"], shape and (shape[1] or shape[2]), match["language"])
        named = ", ".join(part for part in parts if part and part != "und")
        found.append(Listed(match["codec"], named, "(default)" in rest))
    return found
