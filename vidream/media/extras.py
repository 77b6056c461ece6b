"""What else of its source a film keeps, with --streams all: further sounds, subtitles, data, what is attached.

Each stream is tried by itself, before the first frame: ffmpeg alone knows what a kind of file takes. What cannot be
kept is told of once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath

from vidream.errors import RenderError
from vidream.media.containers import SoundRule, StreamRule
from vidream.media.contents import Contents, Stream, cut
from vidream.media.fflog import DISK_REFUSED
from vidream.media.ffmpeg import ask, in_use, input_file
from vidream.media.framecrc import PACKETS, UNKNOWN, header_of, rows_of
from vidream.media.maker import Encoding
from vidream.media.mux import Beside, SoundInput, offset, seconds
from vidream.media.soundtrack import Way, ways
from vidream.media.video import Sound

LETTERS = {"subtitle": "s", "data": "d", "attachment": "t"}
"""ffmpeg's, by kind of stream."""
REWRITTEN = ("tmcd", "text")
"""Data that ffmpeg writes itself, of the time code and of the chapters."""
MOST = 64
"""Streams that are tried; a file with more is no film."""
UNNAMED, UNKNOWN_KIND = "attachment", "application/octet-stream"
GLIMPSE = "5"  # seconds of a file that tell how its streams begin


class StreamInput:
    """A stream that is no sound beside the picture. It is a vidream.media.mux.Beside."""

    def __init__(
        self,
        encoding: Encoding,
        stream: Stream,
        codec: str,
        trial: Fraction | None = None,
        late: Fraction = Fraction(0),
    ) -> None:
        """Reckon what of it belongs to the film.

        Args:
            encoding: the film.
            stream: one of its extras.
            codec: "copy", or how ffmpeg calls the encoder.
            trial: seconds of it that are enough; None for the film itself.
            late: seconds by which all of the file comes later where this stream is read, too.
        """
        assert encoding.extras is not None
        self.extras, self.sound = encoding.extras, encoding.sound
        self.source, self.codec, self.trial, self.late = stream, codec, trial, late
        self.kind = LETTERS[stream.kind]

    @property
    def inputs(self) -> list[str]:
        length = [] if self.trial is None else ["-t", seconds(self.trial)]
        return input_file(self.source.path, *length, *offset(self.extras.start + self.late))

    @property
    def stream(self) -> str:
        return str(self.source.index)

    @property
    def tags(self) -> Mapping[str, str]:
        if self.kind != "t":
            return self.source.label
        name = PurePosixPath(PureWindowsPath(self.source.tags.get("filename", "")).name).name
        if not name.strip("."):
            name = UNNAMED
        return {"filename": cut(name), "mimetype": cut(self.source.tags.get("mimetype", "")) or UNKNOWN_KIND}

    def outputs(self, number: int) -> list[str]:
        """How it is encoded, and cut: what is shown as the film begins or ends is shown as long as the film goes."""
        arguments = [f"-c:{self.kind}:{number}", self.codec]
        if self.kind == "t":
            return arguments
        over, ends = "lte((pts+duration)*tb\\,0)", "PTS+DURATION"
        if self.extras.duration is not None:
            end = seconds(self.extras.duration)
            over, ends = f"{over}+gte(pts*tb\\,{end})", f"min({ends}\\,{end}/TB)"
        times = f"setts=pts=max(PTS\\,0):dts=max(DTS\\,0):duration={ends}-max(PTS\\,0)"
        return [*arguments, f"-bsf:{self.kind}:{number}", f"noise=drop={over},{times}"]

    def clock(self, file: int) -> list[str]:
        if self.trial is not None:
            return []
        clock = in_use("V:0?", file)
        if self.sound is not None and self.sound.path == self.source.path:
            clock += in_use(f"a:{self.sound.track}", file)
        return clock


@dataclass(frozen=True)
class Extra:
    """A further stream, and how the film gets it."""

    stream: Stream
    """Of the source."""
    codec: str = "copy"
    """Of what is no sound: "copy", or how ffmpeg calls the encoder."""
    way: Way | None = None
    """Of a sound."""
    late: Fraction = Fraction(0)
    """Seconds by which all of the source comes later where this stream is read, too."""

    def beside(self, encoding: Encoding, count: int, trial: Fraction | None = None) -> Beside:
        """It as a stream beside the picture.

        Args:
            encoding: the film.
            count: output frames in all.
            trial: seconds of it that are enough; None for the film itself.
        """
        if self.way is not None:
            return SoundInput(encoding, self.way, count, trial, self.late)
        return StreamInput(encoding, self.stream, self.codec, trial, self.late)


Attempt = Callable[[Extra], None]
"""Makes a film of a frame with a stream beside it; raises RenderError where that cannot be."""


def further(contents: Contents, picture: int | None, sound: Sound | None) -> tuple[Stream, ...]:
    """The streams of a source that are neither the film's picture nor its sound, nor written anew.

    Args:
        contents: what the source holds.
        picture: the number of the picture that is dreamed, among the source's; None: none is.
        sound: the film's; where it is of another file, it takes the place of all sounds of the source.
    """
    taken = {("video", picture)}
    if sound is not None:
        taken.add(("audio", sound.track))
    found = []
    for stream in contents.streams:
        rewritten = stream.kind == "data" and stream.codec in REWRITTEN
        replaced = stream.kind == "audio" and (sound is None or sound.path != stream.path)
        used = (stream.kind, stream.number) in taken and not stream.cover
        if not (rewritten or replaced or used):
            found.append(stream)
    return tuple(found)


def settle(
    encoding: Encoding, rule: StreamRule | None, sound: SoundRule | None, attempt: Attempt, taken: int | None
) -> tuple[tuple[Extra, ...], list[str]]:
    """How a film gets each of its further streams; and what is to be said of them.

    Args:
        encoding: the film.
        rule: what its kind of file may have; None: nothing.
        sound: what sound it may have; None: none.
        attempt: tries one.
        taken: the number of the sound that is the film's own, among its file's; None: none is.

    Raises:
        RenderError: the disk refuses.
    """
    streams = encoding.extras.streams if encoding.extras else ()
    kept, left, told = list[Extra](), [*streams[MOST:]], list[str]()
    for stream in streams[:MOST]:
        if (stream.kind, stream.number) == ("audio", taken):
            continue
        for extra in _options(encoding, stream, rule, sound):
            try:
                attempt(extra)
            except RenderError as error:
                if DISK_REFUSED.search(str(error)):
                    raise
                continue
            kept.append(replace(extra, late=_late(encoding, stream)))
            if extra.way is not None and extra.way.message:
                told.append(f"{stream}: {extra.way.message}")
            break
        else:
            left.append(stream)
    if left:
        told.append(left_out(left))
    return tuple(kept), told


def left_out(streams: Sequence[Stream]) -> str:
    """What is to be said of a film of streams that its kind of file cannot hold."""
    return f"cannot hold all that {streams[0].path.name} has; left out: {', '.join(map(str, streams))}"


def _late(encoding: Encoding, stream: Stream) -> Fraction:
    """Seconds by which all of a source comes later where one of its streams is read, too, beside picture and sound."""
    if encoding.extras is None or not encoding.extras.loose:
        return Fraction(0)
    used = ["-map", "0:V:0"]
    if encoding.sound is not None and encoding.sound.path == stream.path:
        used += ["-map", f"0:a:{encoding.sound.track}"]
    alone, beside = (_begins(stream.path, maps) for maps in (used, [*used, "-map", f"0:{stream.index}"]))
    return Fraction(0) if alone is None or beside is None else beside - alone


def _begins(path: Path, maps: list[str]) -> Fraction | None:
    """When the first of the streams that are read begins, in seconds; None where that cannot be known."""
    output = ask(path, ["-t", GLIMPSE], [*maps, *PACKETS]).output
    row, tick = next(rows_of(output), None), header_of(output).get("tb 0")
    return None if row is None or tick is None or row.time <= UNKNOWN else row.time * Fraction(tick)


def _options(encoding: Encoding, stream: Stream, rule: StreamRule | None, sound: SoundRule | None) -> Iterator[Extra]:
    """Ways to put a stream beside a picture, the best first."""
    if stream.kind == "audio" and sound is not None and encoding.sound is not None:
        wanted = replace(encoding.sound, codec=stream.codec, track=stream.number, channels="")
        for way in ways(wanted, sound, encoding.start, cut=encoding.cuts_sound):
            if way.sound.track != stream.number:
                break
            yield Extra(stream, way=way)
    if rule is None:
        return
    if stream.kind == "subtitle":
        if stream.codec in rule.subtitles:
            yield Extra(stream)
        yield Extra(stream, rule.subtitle_encoder)
    elif (stream.kind == "data" and stream.codec in rule.data) or (stream.kind == "attachment" and rule.attachments):
        yield Extra(stream)
