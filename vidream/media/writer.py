"""Frames and sound -> a film on disk, in segments that are joined when all are there."""

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Protocol

import numpy as np

from vidream.errors import RenderError
from vidream.frames import Pixels, Size, Sound
from vidream.media.ffmpeg import Ffmpeg, beside, local, run, source
from vidream.media.sequence import Sequence as PictureSequence
from vidream.media.sequence import sequence as picture_sequence
from vidream.media.still import PICTURES, Picture, write_picture

log = logging.getLogger(__name__)

Write = Callable[[Pixels], None]

# rgb24 is full range; without these, ffmpeg converts by BT.601 and says nothing, and HD players shift the hue
BT709 = (
    *(
        "-vf",
        "scale=in_range=full:out_range=limited:out_color_matrix=bt709:flags=accurate_rnd+full_chroma_inp+lanczos,"
        "setparams=color_primaries=bt709:color_trc=bt709",
    ),
    *("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
)
H264 = ("-c:v", "libx264", "-preset", "medium")
VP9 = ("-c:v", "libvpx-vp9", "-b:v", "0", "-row-mt", "1", "-cpu-used", "4")
EXACT = ("-fflags", "+bitexact")  # no number of its own in each file
FASTSTART = ("-movflags", "+faststart")


@dataclass(frozen=True)
class Container:
    """How a film with a certain ending is made.

    encoder        ffmpeg's arguments for the picture
    sounds         codecs that players expect in it, copied as they are; None: any that Matroska takes
    sound_encoder  for all others
    sound_filter   that its encoder needs
    muxer          ffmpeg's arguments for the file
    odd            whether 4:2:0 may have odd sides
    """

    encoder: tuple[str, ...]
    sounds: frozenset[str] | None
    sound_encoder: tuple[str, ...]
    sound_filter: str = "anull"
    muxer: tuple[str, ...] = ()
    odd: bool = False


AAC = ("-c:a", "aac", "-b:a", "192k")
OPUS = ("-c:a", "libopus", "-b:a", "160k")
OPUS_LAYOUTS = "aformat=channel_layouts=7.1|6.1|5.1|5.0|quad|3.0|stereo|mono"  # it refuses 5.1(side) and its like
QUICKTIME_SOUNDS = frozenset({"aac", "mp3", "ac3", "eac3"})

CONTAINERS: Mapping[str, Container] = {
    ".mp4": Container(H264, QUICKTIME_SOUNDS, AAC, muxer=FASTSTART),
    ".mov": Container(H264, QUICKTIME_SOUNDS, AAC, muxer=FASTSTART),
    ".mkv": Container(H264, None, AAC, muxer=EXACT),
    ".webm": Container(VP9, frozenset({"opus", "vorbis"}), OPUS, OPUS_LAYOUTS, EXACT, odd=True),
}
ENDINGS = (*CONTAINERS, ".gif")
GIF_FPS = 50  # players take anything faster for ten frames a second


@dataclass(frozen=True)
class Encoding:
    """What a film is to be, beside its frames.

    start, duration  seconds of the sound that belong to the picture; duration None: to its end
    fade             the sound is a track that was put under the film: it ends with it, faded out over a second
    """

    size: Size
    fps: Fraction
    crf: int
    pix_fmt: str
    sound: Sound | None
    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    fade: bool = False


class Maker(Protocol):
    """How OUT is made: in segments, each whole in itself, joined without encoding anew.

    All is made in `folder`; a segment is known by the number of its first output frame.
    """

    def segment(self, folder: Path, first: int) -> AbstractContextManager[Write]:
        """`with maker.segment(folder, 0) as write: write(pixels)`; RenderError if ffmpeg fails."""

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        """Make in `folder` what OUT is to be, of the segments and the sound; `count` output frames."""

    def place(self, folder: Path, count: int) -> None:
        """Rename it to OUT, `count` output frames; may be done again after it was cut short."""


def maker(out: Path, encoding: Encoding) -> Maker:
    """The one for OUT's ending."""
    kind = _Pictures if picture_sequence(out, PICTURES) else _Gif if out.suffix.lower() == ".gif" else _Encoded
    if encoding.sound and kind is not _Encoded:
        log.warning("%s: pictures have no sound; the sound of %s is left out", out, encoding.sound.path)
    return kind(out, encoding)


class _Encoded:
    def __init__(self, out: Path, encoding: Encoding) -> None:
        self.out, self.encoding = out, encoding
        self.container = CONTAINERS[out.suffix.lower()]
        subsampled = not (self.container.odd or encoding.pix_fmt == "yuv444p")
        self.size = _even(encoding.size, encoding.pix_fmt) if subsampled else encoding.size
        if self.size != encoding.size:
            log.warning(
                "%s: H.264 takes no odd sides in %s: the last row or column is repeated, %s becomes %s; "
                "--pix-fmt yuv444p or .webm keeps the size",
                *(out, encoding.pix_fmt, encoding.size, self.size),
            )
        # found out before the first frame: nobody waits hours to hear that the sound does not fit
        self.copied = _copied(encoding, self.container, out)

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        quality = ("-crf", str(self.encoding.crf), "-pix_fmt", self.encoding.pix_fmt)
        arguments = [*_raw(self.size, self.encoding.fps), *self.container.encoder, *quality, *BT709]
        with Ffmpeg([*arguments, local(_segment(folder, first))], f"write {self.out}") as encoder:
            yield lambda pixels: encoder.feed(_padded(pixels, self.size))

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        encoding, heard, clock = self.encoding, [], []
        inputs = [*_joined(folder, firsts), "-map", "0:v:0"]
        if encoding.sound:
            length = count / encoding.fps if encoding.fade else encoding.duration
            span = self._span(length) if self.copied else []
            inputs = [*_joined(folder, firsts), *source(encoding.sound.path, *span), "-map", "0:v:0", "-map", "1:a:0"]
            heard = [*COPY] if self.copied else self._encoded(count / encoding.fps, length)
            heard += ["-t", _seconds(length)] if encoding.fade and length is not None else []
            clock = beside("V:0", 1) if encoding.sound.pictured else []
        whole = ["-c:v", "copy", *heard, "-map_metadata", "-1", *self.container.muxer, local(self._whole(folder))]
        run([*inputs, *whole, *clock], f"write {self.out}")

    def _span(self, length: Fraction | None) -> list[str]:
        """What of a copied sound belongs to the picture; it is not sought, as some kinds of file seek badly."""
        span = ["-itsoffset", f"-{_seconds(self.encoding.start)}"] if self.encoding.start else []
        return [*span, *(["-t", _seconds(length)] if length is not None else [])]

    def _encoded(self, length: Fraction, span: Fraction | None) -> list[str]:
        start = self.encoding.start
        end = "" if span is None else f":end={_seconds(start + span)}"
        trimmed = [f"atrim=start={_seconds(start)}{end}", f"asetpts=PTS-{_seconds(start)}/TB"]
        fade = f"afade=t=out:st={_seconds(max(Fraction(0), length - FADE))}:d={_seconds(min(FADE, length))}"
        cleaned = [NUMBERS] if self._float else []
        filters = [*trimmed, *cleaned, self.container.sound_filter, *([fade] if self.encoding.fade else [])]
        return [*self.container.sound_encoder, "-af", ",".join(filters)]

    @property
    def _float(self) -> bool:
        return self.encoding.sound is not None and self.encoding.sound.codec.startswith(FLOATS)

    def place(self, folder: Path, count: int) -> None:
        if self._whole(folder).exists():
            self._whole(folder).replace(self.out)

    def _whole(self, folder: Path) -> Path:
        return folder / f"whole{self.out.suffix.lower()}"


class _Gif:
    """One palette for the whole film, found in a first pass over a lossless copy on disk: memory stays flat."""

    def __init__(self, out: Path, encoding: Encoding) -> None:
        self.out, self.encoding = out, encoding
        if (Fraction(100) / encoding.fps).denominator != 1:
            log.warning("%s: GIF keeps time in hundredths of a second; %s a second are rounded", out, encoding.fps)

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        lossless = ("-c:v", "libx264rgb", "-qp", "0", "-preset", "ultrafast")
        arguments = [*_raw(self.encoding.size, self.encoding.fps), *lossless, local(_segment(folder, first))]
        with Ffmpeg(arguments, f"write {self.out}") as encoder:
            yield lambda pixels: encoder.feed(np.ascontiguousarray(pixels))

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        palette, task = folder / "palette.mkv", f"write {self.out}"
        one = ["-frames:v", "1", "-c:v", "png"]
        run([*_joined(folder, firsts), "-vf", "palettegen", *one, local(palette)], task)
        graph = "[0:v][1:v]paletteuse=dither=sierra2_4a"
        run([*_joined(folder, firsts), *source(palette), "-lavfi", graph, local(folder / "whole.gif")], task)

    def place(self, folder: Path, count: int) -> None:
        if (folder / "whole.gif").exists():
            (folder / "whole.gif").replace(self.out)


class _Pictures:
    """Collected aside, moved when all are there; what an older, longer sequence has beyond them goes last."""

    def __init__(self, out: Path, encoding: Encoding) -> None:
        self.final = PictureSequence(out)

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        numbers = count(first + 1)
        yield lambda pixels: write_picture(self._made(folder, next(numbers)), Picture(pixels))

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        pass  # they are what they are to be

    def place(self, folder: Path, count: int) -> None:
        self.final.pattern.parent.mkdir(exist_ok=True)
        fresh = [self.final.picture(number + 1) for number in range(count)]
        for number, path in enumerate(fresh, 1):
            if self._made(folder, number).exists():
                self._made(folder, number).replace(path)
        for stale in set(self.final.there()) - set(fresh):
            stale.unlink()

    def _made(self, folder: Path, number: int) -> Path:
        return folder / f"{number:08d}{self.final.pattern.suffix}"


class _Reversed:
    """A film of `count` frames that runs backwards: each segment waits on disk until it is whole."""

    def __init__(self, forward: Maker, count: int) -> None:
        self.forward, self.count = forward, count

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        waiting = folder / "waiting"
        made, shape = 0, (0, 0, 0)

        def keep(pixels: Pixels) -> None:
            nonlocal made, shape
            (waiting / str(made)).write_bytes(pixels.tobytes())
            shape, made = pixels.shape, made + 1

        waiting.mkdir(exist_ok=True)
        try:
            yield keep
            with self.forward.segment(folder, self.count - first - made) as write:
                for number in reversed(range(made)):
                    data = (waiting / str(number)).read_bytes()
                    write(np.frombuffer(data, np.uint8).reshape(shape))
        finally:
            shutil.rmtree(waiting)

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        ends = [*firsts[1:], count]
        self.forward.join(folder, [self.count - end for end in reversed(ends)], count)

    def place(self, folder: Path, count: int) -> None:
        self.forward.place(folder, count)


def backwards(forward: Maker, count: int) -> Maker:
    """A maker of the same film, last frame first; it is given `count` frames in all."""
    return _Reversed(forward, count)


def _segment(folder: Path, first: int) -> Path:
    """Always .mp4, which keeps time exactly; Matroska rounds it to milliseconds."""
    return folder / f"{first:08d}.mp4"


def _joined(folder: Path, firsts: Sequence[int]) -> list[str]:
    """The arguments that open the segments as one film."""
    script = folder / "segments.ffconcat"
    script.write_text("ffconcat version 1.0\n" + "".join(f"file {_segment(folder, first).name}\n" for first in firsts))
    return ["-protocol_whitelist", "file,pipe,fd", "-f", "concat", "-safe", "1", "-i", local(script)]


COPY = ("-c:a", "copy", "-copypriorss:a", "0")  # nothing of what lies before the start
FADE = Fraction(1)  # second
FLOATS = "pcm_f"  # codecs whose samples may be no numbers, which encoders refuse and players do not know
NUMBERS = r"aeval=if(isnan(val(ch))+isinf(val(ch))\,0\,clip(val(ch)\,-1\,1)):c=same"


def _copied(encoding: Encoding, container: Container, out: Path) -> bool:
    """Whether the sound is copied: where players expect it. Some codecs fit none: tried on a moment of it."""
    if encoding.sound is None or encoding.fade or encoding.sound.codec.startswith(FLOATS):
        return False
    if container.sounds is not None:
        return encoding.sound.codec in container.sounds
    try:
        trial = [*source(encoding.sound.path), "-map", "0:a:0", "-t", "0.1", *COPY, "-f", "matroska", "pipe:1"]
        run(trial, "copy the sound")
    except RenderError:
        log.warning("%s: its ending cannot hold %s sound; it is encoded anew", out, encoding.sound.codec)
        return False
    return True


def _raw(size: Size, fps: Fraction) -> list[str]:
    return ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", str(size), "-r", str(fps), "-i", "pipe:0"]


def _even(size: Size, pix_fmt: str) -> Size:
    height = size.height + (size.height % 2 if pix_fmt != "yuv422p" else 0)
    return Size(size.width + size.width % 2, height)


def _padded(pixels: Pixels, size: Size) -> Pixels:
    """The last row and column repeated up to `size`; contiguous."""
    extra = ((0, size.height - pixels.shape[0]), (0, size.width - pixels.shape[1]), (0, 0))
    return np.ascontiguousarray(np.pad(pixels, extra, "edge") if any(map(any, extra)) else pixels)


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"
