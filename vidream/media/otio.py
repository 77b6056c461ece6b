"""Marks of a film as an OpenTimelineIO timeline: a clip for each shot, the other marks over all of them.

The package is an extra, `editors`, and imported when something is written.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vidream.errors import ConfigError
from vidream.media.marks import COLOURS, SHOT, MarkedFilm
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import NUMBER, sequence
from vidream.text import install


def check_otio(path: Path) -> None:
    """Raise ConfigError if the package that writes the file is not here."""
    if find_spec("opentimelineio") is None:
        raise ConfigError(f"--write-markers {path}: needs OpenTimelineIO; {install('editors')}")


def otio(film: MarkedFilm) -> str:
    """The timeline, as JSON; the film is told by its name alone."""
    from opentimelineio import opentime, schema
    from opentimelineio.adapters import write_to_string

    rate = float(film.fps)
    start = opentime.RationalTime(film.begins.number(film.fps), rate)

    def span(first: int, frames: int) -> Any:
        return opentime.TimeRange(opentime.RationalTime(first, rate), opentime.RationalTime(frames, rate))

    timeline = schema.Timeline(film.out.name, global_start_time=start)
    track = schema.Track("shots", kind=schema.TrackKind.Video)
    timeline.tracks.append(track)
    names = [mark.name for mark in film.marks if mark.kind == SHOT] or [film.out.name]
    for name, (first, end) in zip(names, film.shots, strict=True):
        reference = _reference(film, schema, rate)
        reference.available_range = opentime.TimeRange(start, opentime.RationalTime(film.frames, rate))
        part = span(first, end - first)
        part = opentime.TimeRange(part.start_time + start, part.duration)
        track.append(schema.Clip(name, media_reference=reference, source_range=part))
    for mark in film.marks:
        if mark.kind != SHOT:
            marked = span(mark.frame, 1)
            facts = {"vidream": {"kind": mark.kind}}
            timeline.tracks.markers.append(schema.Marker(mark.name, marked, COLOURS[mark.kind], facts))
    text: str = write_to_string(timeline, "otio_json")
    return text


def _reference(film: MarkedFilm, schema: Any, rate: float) -> Any:
    """The film's file, or its pictures."""
    if sequence(film.out, PICTURES) is None:
        return schema.ExternalReference(quote(film.out.name))
    start, digits, end = NUMBER.split(film.out.name)
    return schema.ImageSequenceReference(
        target_url_base="",
        name_prefix=start,
        name_suffix=end,
        start_frame=1,
        frame_step=1,
        rate=rate,
        frame_zero_padding=int(digits or 0),
    )
