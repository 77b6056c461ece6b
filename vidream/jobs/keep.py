"""What a film keeps of its source's file beside the picture: tags, chapters, time code, further streams."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from vidream.config.film_knobs import Film
from vidream.config.timecode import Timecode
from vidream.errors import ConfigError, MediaError
from vidream.events import note, warn
from vidream.media.containers import container_of
from vidream.media.contents import Contents, contents_of
from vidream.media.extras import further_streams, left_out_message
from vidream.media.kept_metadata import KeptMetadata, chapters_between, kept_metadata, timecode_at
from vidream.media.maker import Encoding, Extras


@dataclass(frozen=True)
class SourceFile:
    """The file whose tags, chapters, time code and further streams a film keeps: its source, or a visual's song."""

    path: Path
    """The file."""
    start: Fraction
    """The second of the file, on its own clock, at which the film begins."""
    duration: Fraction | None
    """Seconds of the file that the film shows; None: to its end."""
    picture: int | None = None
    """The number, among its pictures, of the one that is dreamed; None: none is, and its time code is not kept."""
    frame: int = 0
    """The number of the picture's frame that the film begins with."""
    fps: Fraction = Fraction(25)
    """Frames a second of the picture."""


def keep(encoding: Encoding, knobs: Film, out: Path, source: SourceFile | None) -> Encoding:
    """Add to an encoding what the film keeps of its source.

    Args:
        encoding: of the film, with its sound.
        knobs: of the run.
        out: the film; a note or a warning says what its kind of file cannot hold.
        source: the file that things are kept of; None: there is none.

    Raises:
        ConfigError: no frame of the film can have the --timecode; --streams picture, but --sound is given.
    """
    if knobs.timecode is not None and knobs.timecode.fault(encoding.fps):
        raise ConfigError(f"--timecode {knobs.timecode}: {knobs.timecode.fault(encoding.fps)}")
    if knobs.streams == "picture":
        if knobs.sound is not None:
            raise ConfigError("--streams picture: --sound names a sound; leave one out")
        encoding = replace(encoding, sound=None)
    contents = None if source is None else _contents(source)
    container = container_of(out)
    if container is None or container.streams is None:
        return _keep_nothing(encoding, knobs, out, source, contents)
    kept = KeptMetadata() if contents is None or source is None else kept_metadata(contents, source.picture)
    if knobs.streams == "first" and knobs.sound is None and encoding.sound is not None and encoding.sound.choice:
        note(encoding.sound.choice, encoding.sound.path)
    timecode = knobs.timecode or _timecode(kept, source, encoding.fps)
    if source is not None and contents is not None:
        end = None if source.duration is None else source.start + source.duration
        encoding = replace(encoding, chapters=chapters_between(kept.chapters, source.start, end))
        stream = None if source.picture is None else contents.stream("video", source.picture)
        if stream is not None:
            encoding = replace(encoding, label=stream.label)
        if knobs.streams == "all":
            streams = further_streams(contents, source.picture, encoding.sound)
            encoding = replace(encoding, extras=Extras(streams, source.start, source.duration, contents.loose))
    held = {name: text for name, text in kept.tags.items() if name not in container.streams.lost}
    if source is not None and len(held) < len(kept.tags):
        names = ", ".join(name.replace("_", " ") for name in kept.tags if name not in held)
        note(f"OUT's kind of file has no place for its {names}", source.path)
    tags = {**held, **({"timecode": str(timecode)} if timecode else {})}
    return replace(encoding, metadata={**tags, **encoding.metadata})


def _contents(source: SourceFile) -> Contents | None:
    try:
        return contents_of(source.path)
    except MediaError as error:
        warn(f"nothing but its picture and sound is kept: {error}", source.path)
        return None


def _timecode(kept: KeptMetadata, source: SourceFile | None, fps: Fraction) -> Timecode | None:
    if source is None:
        return None
    timecode, message = timecode_at(kept, source.frame, source.fps, fps)
    if message:
        note(message, source.path)
    return timecode


def _keep_nothing(
    encoding: Encoding, knobs: Film, out: Path, source: SourceFile | None, contents: Contents | None
) -> Encoding:
    """The encoding as it is, for a kind of file that holds nothing beside the picture; what is left out is said."""
    if knobs.timecode is not None:
        warn("this kind of file holds no time code; --timecode is left out", out)
    if source is None or contents is None:
        return encoding
    if knobs.timecode is None and kept_metadata(contents, source.picture).timecode:
        note("its time code is left out: OUT's kind of file holds none", source.path)
    streams = further_streams(contents, source.picture, encoding.sound)
    if knobs.streams == "all" and streams:
        warn(left_out_message(streams), out)
    return encoding
