"""--streams all: the further streams of its source that a film keeps: sounds, subtitles, data, attachments.

Each is tried by itself before the first frame, because only ffmpeg knows what a kind of file takes. One warning names
those that cannot be kept.
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
from vidream.media.mux import SideStream, SoundInput, offset, seconds
from vidream.media.soundtrack import Way, ways
from vidream.media.video import Sound

LETTERS = {"subtitle": "s", "data": "d", "attachment": "t"}
"""ffmpeg's letter of each kind of stream."""
REWRITTEN = ("tmcd", "text")
"""Data streams that ffmpeg writes anew, from the time code and the chapters."""
MOST = 64
"""Streams that are tried at the most; the rest are left out."""
UNNAMED, UNKNOWN_KIND = "attachment", "application/octet-stream"
GLIMPSE = "5"  # seconds of a file that tell how its streams begin


class StreamInput:
    """A stream beside the picture that is not a sound. It is a vidream.media.mux.SideStream."""

    def __init__(
        self,
        encoding: Encoding,
        stream: Stream,
        codec: str,
        trial: Fraction | None = None,
        late: Fraction = Fraction(0),
    ) -> None:
        """Prepare the part of a stream that belongs to the film.

        Args:
            encoding: of the film.
            stream: one of its extras.
            codec: "copy", or ffmpeg's name of the encoder.
            trial: seconds of the stream that are enough for a trial; None for the film itself.
            late: seconds by which ffmpeg's clock of the file is late if this stream is read.
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
        """How it is encoded, and cut to the film; a subtitle that is on at the cut is shown up to it, or from it on."""
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
    """The stream of the source."""
    codec: str = "copy"
    """Unless it is a sound: "copy", or ffmpeg's name of the encoder."""
    way: Way | None = None
    """If it is a sound: how the film gets it."""
    late: Fraction = Fraction(0)
    """Seconds by which ffmpeg's clock of the source is late if this stream is read."""

    def side_stream(self, encoding: Encoding, count: int, trial: Fraction | None = None) -> SideStream:
        """The stream for the muxer.

        Args:
            encoding: of the film.
            count: output frames in all.
            trial: seconds of the stream that are enough for a trial; None for the film itself.
        """
        if self.way is not None:
            return SoundInput(encoding, self.way, count, trial, self.late)
        return StreamInput(encoding, self.stream, self.codec, trial, self.late)


Attempt = Callable[[Extra], None]
"""Makes a film of one frame with a stream beside it; raises RenderError if that cannot be done."""


def further_streams(contents: Contents, picture: int | None, sound: Sound | None) -> tuple[Stream, ...]:
    """The further streams of a source: not the film's picture, not its sound, and not what ffmpeg writes anew.

    Args:
        contents: of the source.
        picture: the number, among its pictures, of the one that is dreamed; None: none is.
        sound: the film's sound; if it is of another file, it replaces all sounds of the source.
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


def settle_extras(
    encoding: Encoding, rule: StreamRule | None, sound: SoundRule | None, attempt: Attempt, taken: int | None
) -> tuple[tuple[Extra, ...], list[str]]:
    """Try how a film can get each of its further streams.

    Args:
        encoding: of the film.
        rule: what its kind of file may have beside picture and sound; None: nothing.
        sound: what sound its kind of file may have; None: none.
        attempt: tries one stream.
        taken: the number, among the sounds of the source, of the film's own; None: it has none.

    Returns:
        The streams that it gets; and what to tell the user.

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
        told.append(left_out_message(left))
    return tuple(kept), told


def left_out_message(streams: Sequence[Stream]) -> str:
    """The warning about streams that a kind of film cannot hold."""
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
    """The ways in which a film may get a stream, the best first."""
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
    elif stream.kind != "audio" and may_hold(rule, stream):
        yield Extra(stream)


def may_hold(rule: StreamRule | None, stream: Stream) -> bool:
    """Whether a kind of film may hold a stream; of sounds and subtitles only a trial knows.

    Args:
        rule: what it may have beside picture and sound; None: nothing.
        stream: a further stream of its source.
    """
    if rule is None or stream.kind == "video":
        return False
    if stream.kind == "data":
        return stream.codec in rule.data
    return stream.kind != "attachment" or rule.attachments
