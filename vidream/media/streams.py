"""The tracks that a file has, as ffmpeg lists them when it opens it, and which of several is taken."""

import re
from dataclasses import dataclass

LISTED = r"^ *Stream #0:\d+(?:\[\w+\])?(?:\((?P<language>\w+)\))?.*?: {kind}: (?P<codec>\w+)(?P<rest>.*)$"
SHAPE = re.compile(r", (\d+x\d+)|Hz, ([^,]+)")  # of a picture, or a sound's channels


@dataclass(frozen=True)
class ListedTrack:
    """A track as ffmpeg lists it."""

    codec: str
    """ffmpeg's name of the codec."""
    kind: str
    """Codec, size or channels, and language, in ffmpeg's words."""
    default: bool
    """Whether its file says that players should take it."""


def pictures(log: str) -> list[ListedTrack]:
    """The moving pictures among a file's tracks: what is attached, as a record's cover, does not count.

    Args:
        log: what ffmpeg logged when it opened the file.
    """
    return _listed(log, "Video")


def sounds(log: str) -> list[ListedTrack]:
    """The sounds among a file's tracks.

    Args:
        log: what ffmpeg logged when it opened the file.
    """
    return _listed(log, "Audio")


def default_track(tracks: list[ListedTrack]) -> int:
    """The number of the first track that is flagged default; else 0, the first."""
    return next((number for number, track in enumerate(tracks) if track.default), 0)


def choice(tracks: list[ListedTrack], noun: str) -> str:
    """What is to be told of the choice of a track; "" where all tracks are alike.

    Args:
        tracks: all of a kind that a file has.
        noun: "sound" or "picture".
    """
    if len({track.kind for track in tracks}) < 2:
        return ""
    number = default_track(tracks)
    reason = "flagged default" if tracks[number].default else "the first"
    return f"of its {len(tracks)} {noun} tracks, number {number + 1} ({tracks[number].kind}), {reason}, is taken"


def _listed(log: str, kind: str) -> list[ListedTrack]:
    of_input = re.split(r"^(?:Stream mapping|Output #)", log, maxsplit=1, flags=re.MULTILINE)[0]
    tracks = []
    for match in re.finditer(LISTED.format(kind=kind), of_input, re.MULTILINE):
        rest = match["rest"]
        if "(attached pic)" in rest:
            continue
        shape = SHAPE.search(rest)
        parts = (match["codec"], shape and (shape[1] or shape[2]), match["language"])
        description = ", ".join(part for part in parts if part and part != "und")
        tracks.append(ListedTrack(match["codec"], description, "(default)" in rest))
    return tracks
